// Postfix's words for on and off (postconf(5)).

export function isYes(value: string): boolean {
  return /^(?:yes|true|on|1)$/i.test(value);
}
