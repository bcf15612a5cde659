import { accessTokenType } from './access-token.ts';
import { regionProofType } from './region-proof.ts';
import { unverifiedType } from './verified-tokens.ts';

/** What a bearer token claims to be, unchecked: `opaque` is to be looked up by its `secretHash`. */
export function bearerKind(token: string): 'access-token' | 'region-proof' | 'opaque' {
  const type = unverifiedType(token);
  if (type === regionProofType) return 'region-proof';
  return type === accessTokenType ? 'access-token' : 'opaque';
}
