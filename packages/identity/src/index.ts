export type { AccessClaims, SigningKey, VerificationKey } from './access-token.ts';
export { accessTokenLifetimeMs, createAccessTokenVerifier, hubIssuer, signAccessToken } from './access-token.ts';
export type { ChainEnd, ChainWalk, Continuation } from './audit-chain.ts';
export { chainEntries, chainStart, continueChain, recordHash, walkChain } from './audit-chain.ts';
export { bearerKind } from './bearer-kind.ts';
export type { AccessDecision, AccessQuestion, Person, UserPrincipal } from './decide-access.ts';
export { decideAccess, grantRole, highestRole, isAdminCall, isInScopes, isSubject, memberRole, roleAllows } from './decide-access.ts';
export type { KeyPair } from './keys.ts';
export { newKeyPair } from './keys.ts';
export type { Passwords } from './password.ts';
export { createPasswords, passwordCharactersMax, passwordCharactersMin, passwordProblem } from './password.ts';
export type { ProofAudience, RegionProof } from './region-proof.ts';
export { createRegionProofVerifier, regionProofLifetimeMs, signRegionProof } from './region-proof.ts';
export {
  formatApiToken,
  formatCookie,
  formatRefreshToken,
  newId,
  newSecret,
  secretHash,
  sessionOfCookie,
  sessionOfRefreshToken,
} from './secrets.ts';
export { checkTotp, newTotpSecret, totpCode, totpUri } from './totp.ts';
