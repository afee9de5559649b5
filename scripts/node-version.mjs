// The one check that must run on a Node that is too old for everything else.

/** Says what is wrong with a Node version, or nothing. The same range stands in package.json under `engines`. */
export function nodeVersionFault(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  if (fits) return undefined;
  return `Turnlog needs Node 20.19 or later (20, 22.12+, or 24 and later); this is ${version}. Install one from https://nodejs.org and try again.`;
}
