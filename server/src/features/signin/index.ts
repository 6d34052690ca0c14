// Signing in: owns accounts, passkeys, identities, setup links and sessions of people.

export { type MadeLink, makeHostLink } from './links.ts';
export { authenticateSession } from './sessions.ts';
export { createSignin, endSignIn, openProvider } from './signin.ts';
