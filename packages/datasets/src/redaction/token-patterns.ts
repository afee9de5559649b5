// Tokens that say by their form what they are. Prefixes are the issuers' own; lengths are lower bounds, because issuers
// lengthen them. Patterns have no nested repetition: text of a tool must not make a search slow.

export interface TokenPattern {
  readonly kind: string;
  /** Global; group 1, where there is one, is the secret, else the whole match. */
  readonly pattern: RegExp;
}

export const tokenPatterns: readonly TokenPattern[] = [
  {
    kind: 'private-key',
    pattern:
      /-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,10000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|$)/g,
  },
  { kind: 'anthropic-key', pattern: /\bsk-ant-[\w-]{16,}/g },
  { kind: 'openai-key', pattern: /\bsk-(?:proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{16,}/g },
  { kind: 'hugging-face-token', pattern: /\b(?:hf|api_org)_[A-Za-z0-9]{16,}/g },
  { kind: 'github-token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})/g },
  { kind: 'gitlab-token', pattern: /\bgl(?:pat|rt|dt|cbt|ptt|soat)-[\w-]{16,}/g },
  { kind: 'slack-token', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}/g },
  { kind: 'slack-webhook', pattern: /\bhooks\.slack\.com\/services\/([A-Za-z0-9/]{20,})/g },
  { kind: 'aws-key-id', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g },
  { kind: 'google-key', pattern: /\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}/g },
  { kind: 'stripe-key', pattern: /\b(?:sk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{20,}/g },
  { kind: 'npm-token', pattern: /\bnpm_[A-Za-z0-9]{30,}/g },
  { kind: 'pypi-token', pattern: /\bpypi-[\w-]{40,}/g },
  { kind: 'docker-token', pattern: /\bdckr_(?:pat|oat)_[\w-]{20,}/g },
  { kind: 'sendgrid-key', pattern: /\bSG\.[\w-]{16,}\.[\w-]{16,}/g },
  { kind: 'tavily-key', pattern: /\btvly-[\w-]{16,}/g },
  { kind: 'groq-key', pattern: /\bgsk_[A-Za-z0-9]{20,}/g },
  { kind: 'xai-key', pattern: /\bxai-[A-Za-z0-9]{20,}/g },
  { kind: 'telegram-token', pattern: /\b\d{8,10}:AA[\w-]{32,}/g },
  { kind: 'digitalocean-token', pattern: /\bdo[opr]_v1_[a-f0-9]{40,}/g },
  { kind: 'turnlog-token', pattern: /\btl_[\w-]{40,}/g },
  { kind: 'json-web-token', pattern: /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/g },
  { kind: 'url-password', pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'<>]{0,200}:([^\s/@"'<>]{3,200})@/gi },
  { kind: 'azure-key', pattern: /\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=([A-Za-z0-9+/=%]{20,})/g },
  {
    kind: 'signed-url',
    pattern: /[?&](?:X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature|sig|Signature)=([A-Za-z0-9%+/=_-]{20,})/g,
  },
  { kind: 'credential', pattern: /\b(?:Bearer|Basic)\s+([A-Za-z0-9+/=._~-]{12,})/g },
];
