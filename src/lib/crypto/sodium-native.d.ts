/** The part of sodium-native that is used here; the package ships no types. */
declare module 'sodium-native' {
  const sodium: {
    crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
    crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
    crypto_scalarmult_ed25519_base_noclamp(point: Uint8Array, scalar: Uint8Array): void;
    crypto_scalarmult_ed25519_noclamp(point: Uint8Array, scalar: Uint8Array, base: Uint8Array): void;
    crypto_core_ed25519_add(sum: Uint8Array, p: Uint8Array, q: Uint8Array): void;
    crypto_core_ed25519_sub(difference: Uint8Array, p: Uint8Array, q: Uint8Array): void;
    crypto_core_ed25519_scalar_reduce(scalar: Uint8Array, wide: Uint8Array): void;
    crypto_core_ed25519_is_valid_point(point: Uint8Array): boolean;
    crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  };
  export default sodium;
}
