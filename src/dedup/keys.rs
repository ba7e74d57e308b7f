//! Tables whose keys are hashes already.

use std::hash::{BuildHasher, Hasher};

/// Hashes keys that are well mixed but may be small numbers: sketches keep the
/// lowest hashes, and a table needs the high bits as well.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyHasher;

impl BuildHasher for KeyHasher {
    type Hasher = KeyState;

    fn build_hasher(&self) -> KeyState {
        KeyState(0)
    }
}

/// The state of a [`KeyHasher`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyState(u64);

impl Hasher for KeyState {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u64(&mut self, key: u64) {
        // Multiplication carries low bits up, rotation brings them back down.
        self.0 = (self.0 ^ key)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(26);
    }
}
