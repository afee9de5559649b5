// `${VAR}`, `${VAR:-default}` and `${env:VAR}`, expanded once: what a variable holds is never expanded again.

export type Expansion =
  | {
      readonly text: string;
      /** The variables that were filled in. */
      readonly variables: Readonly<Record<string, string>>;
    }
  | { readonly fault: string };

const reference = /\$\{([^}]*)\}/g;
const form = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** Gives the text with its variables filled in, or why that cannot be: a literal `${VAR}` is never passed on. */
export function expandVariables(text: string, variables: Readonly<Record<string, string | undefined>>): Expansion {
  const faults: string[] = [];
  const filledIn: Record<string, string> = {};
  const expanded = text.replace(reference, (whole, inside: string) => {
    const [, name, fallback] = form.exec(inside) ?? [];
    if (name === undefined || fallback?.includes('${')) {
      // The literal may hold a fallback that is a secret, so only its shape is named.
      faults.push(`it has a \${…} that is none of \${VAR}, \${VAR:-default} and \${env:VAR}`);
      return whole;
    }
    const value = variables[name];
    if (fallback !== undefined && (value === undefined || value === '')) return fallback;
    if (value === undefined) faults.push(`the variable ${name} is not set (set it, or write \${${name}:-default})`);
    else filledIn[name] = value;
    return value ?? whole;
  });
  return faults.length === 0 ? { text: expanded, variables: filledIn } : { fault: faults.join('; ') };
}
