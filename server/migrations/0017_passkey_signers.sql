-- Passkeys of persons beside their key files: an uncompressed point of P-256 (65 bytes) beside Ed25519 (32). The length tells the scheme.

ALTER TABLE person_key DROP CONSTRAINT person_key_public_key_check;
ALTER TABLE person_key ADD CONSTRAINT person_key_public_key_check CHECK (length(public_key) IN (32, 65));
