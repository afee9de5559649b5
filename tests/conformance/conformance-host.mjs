// What the runner of the conformance suite starts as the client, once for each scenario: hands the scenario's server to the
// engine under test and ends when the engine has ended its turn there. The address of the server comes last.

const [, , gate, url] = process.argv;
const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_PROTOCOL_VERSION: revision } = process.env;
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
const response = await fetch(gate, { method: 'POST', body: JSON.stringify({ scenario, revision, url, context }) });
console.log(await response.text());
process.exitCode = response.ok ? 0 : 1;
