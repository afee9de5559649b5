// Whether a configured value can be told from ordinary words. Hiding one that cannot would take results apart: local model
// servers are given keys such as "ollama", databases passwords such as "postgres".

/** False for words, numbers, places and plain URLs. In doubt true: rather one value too many is hidden than one too few. */
export const isTelling = (value: string): boolean => !harmless.some((form) => form.test(value));

const harmless: readonly RegExp[] = [
  /^[A-Za-z]+(?:[ _./-][A-Za-z]+)*$/,
  /^[a-z]{2}[_-][A-Z]{2}(?:\.[\w-]+)?$/,
  // Numbers, versions, dates, addresses, ports.
  /^[\d.,:/_-]+$/,
  /^[A-Za-z][\w.-]*:\d{1,5}$/,
  /^(?:~|\.{1,2})?[/\\][\w .@/\\-]*$/,
  /^[A-Za-z]:[/\\]/,
  /^[a-z][a-z0-9+.-]*:\/\/[^\s@?#]*$/i,
];
