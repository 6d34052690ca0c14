// The gesture that shows a passkey or makes one, and what can go wrong with it in words.
import {
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import { ApiError } from '../api/client.ts';

/** Options of the API are those of the standard; only the types of lists differ in strictness. */
interface Challenge {
  readonly challengeId: string;
  readonly options: object;
}

/** The person closed the dialog, or a newer gesture took its place; nothing failed. */
export function isCanceled(error: unknown): boolean {
  return error instanceof Error && (error.name === 'NotAllowedError' || error.name === 'AbortError');
}

function refused(error: unknown): unknown {
  if (isCanceled(error) || error instanceof ApiError) return error;
  return new ApiError(0, {
    code: 'E_PASSKEY',
    detail: error instanceof Error ? error.message : String(error),
  });
}

/** Shows a passkey. `isQuiet`: offered in the list of the name field, without a dialog of its own. */
export async function showPasskey({ challengeId, options }: Challenge, isQuiet = false) {
  try {
    const response = await startAuthentication({
      optionsJSON: options as PublicKeyCredentialRequestOptionsJSON,
      useBrowserAutofill: isQuiet,
    });
    const { id, rawId, authenticatorAttachment, response: shown } = response;
    return {
      challengeId,
      response: {
        ...{ id, rawId, type: 'public-key' as const, clientExtensionResults: {} },
        ...(authenticatorAttachment === undefined ? {} : { authenticatorAttachment }),
        response: {
          clientDataJSON: shown.clientDataJSON,
          authenticatorData: shown.authenticatorData,
          signature: shown.signature,
          ...(shown.userHandle === undefined ? {} : { userHandle: shown.userHandle }),
        },
      },
    };
  } catch (error) {
    throw refused(error);
  }
}

/** Makes a passkey of that name. */
export async function makePasskey({ challengeId, options }: Challenge, name: string) {
  try {
    const response = await startRegistration({
      optionsJSON: options as PublicKeyCredentialCreationOptionsJSON,
    });
    const { id, rawId, authenticatorAttachment, response: made } = response;
    return {
      challengeId,
      name,
      response: {
        ...{ id, rawId, type: 'public-key' as const, clientExtensionResults: {} },
        ...(authenticatorAttachment === undefined ? {} : { authenticatorAttachment }),
        response: {
          clientDataJSON: made.clientDataJSON,
          attestationObject: made.attestationObject,
          ...(made.transports === undefined ? {} : { transports: made.transports }),
        },
      },
    };
  } catch (error) {
    throw refused(error);
  }
}

/** What the browser calls the machine it runs on, as a first name for a passkey. */
export function guessDeviceName(): string {
  const { userAgent } = navigator;
  const system = ['Windows', 'Android', 'iPhone', 'iPad', 'Macintosh', 'Linux'].find((name) =>
    userAgent.includes(name),
  );
  return system === 'Macintosh' ? 'Mac' : (system ?? 'Passkey');
}
