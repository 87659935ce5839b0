//! Tokens: from their text to who comes with it.

use ctutils::CtEq as _;
use hashbrown::HashMap;
use sha2::{Digest as _, Sha256};

use crate::table::{Goal, Table, measure};
use crate::world::{World, mixed};

pub(crate) fn tables(sizes: &[usize]) -> Table {
    let mut table = Table::new("Tokens");
    for &users in sizes {
        let world = World::full(users);
        let floor = Floor::new(&world);
        let mut texts: Vec<(u64, String)> = (0..)
            .zip(&world.members)
            .map(|(n, member)| (mixed(n), member.token.as_ref().unwrap().1.clone()))
            .collect();
        texts.sort_unstable();
        let texts: Vec<String> = texts
            .into_iter()
            .map(|(_, text)| text)
            .take(10_000)
            .collect();
        let registry = &world.registry;
        for (name, asked) in [(HOT, 500), (ALL, texts.len())] {
            let of = || texts.iter().take(asked).cycle();
            let (mut given, mut given_to_floor) = (of(), of());
            let measured = measure(
                200,
                200,
                || registry.authenticate(given.next().unwrap()).unwrap(),
                || floor.authenticate(given_to_floor.next().unwrap()).unwrap(),
            );
            table.line(name, users, measured, Goal::Ratio(1.5));
        }

        let mistyped: Vec<String> = texts.iter().map(|text| mistype(text)).collect();
        let (mut given, mut given_to_floor) = (mistyped.iter().cycle(), mistyped.iter().cycle());
        let measured = measure(
            200,
            500,
            || registry.authenticate(given.next().unwrap()).unwrap_err(),
            || {
                let text = given_to_floor.next().unwrap();
                assert!(shape(text).is_none());
            },
        );
        table.line("mistyped / floor", users, measured, Goal::Time(40.0));
    }
    table
}

/// The tokens of 500 users in turn.
const HOT: &str = "authenticate / floor";

/// Those of up to 10,000 users: what is looked up is in no cache.
const ALL: &str = "authenticate, of all / floor";

fn mistype(text: &str) -> String {
    let mut text = text.as_bytes().to_vec();
    text[40] = if text[40] == b'x' { b'y' } else { b'x' };
    String::from_utf8(text).unwrap()
}

struct Floor {
    tokens: HashMap<[u8; 16], Row>,
}

struct Row {
    digest: [u8; 32],
    user: [u8; 16],
    expires_at: u64,
}

impl Floor {
    fn new(world: &World) -> Self {
        let row = |member: &crate::world::Member| {
            let (token, text) = member.token.as_ref()?;
            let payload = decode(shape(text)?)?;
            let row = Row {
                digest: digest(&payload),
                user: member.id.to_bytes(),
                expires_at: u64::MAX,
            };
            Some((token.to_bytes(), row))
        };
        let tokens = world.members.iter().filter_map(row).collect();
        Self { tokens }
    }

    fn authenticate(&self, text: &str) -> Option<[u8; 16]> {
        let payload = decode(shape(text)?)?;
        let row = self.tokens.get(payload.get(16..32)?)?;
        let matches = row.digest.ct_eq(&digest(&payload)).to_bool();
        (matches && row.expires_at > 1).then_some(row.user)
    }
}

/// Returns the digits of the payload, if prefix, length and checksum are right.
fn shape(text: &str) -> Option<&[u8; 86]> {
    let text = text.as_bytes();
    let rest = text.strip_prefix(b"acme_pat_")?;
    let (digits, checksum) = rest.split_last_chunk::<6>()?;
    let digits = digits.try_into().ok()?;
    let mut expected = crc32fast::hash(&text[..text.len() - 6]);
    for digit in checksum.iter().rev() {
        let value = match (expected % 62) as u8 {
            value @ 0..=9 => b'0' + value,
            value @ 10..=35 => b'A' - 10 + value,
            value => b'a' - 36 + value,
        };
        if value != *digit {
            return None;
        }
        expected /= 62;
    }
    Some(digits)
}

/// Base 62 by chunks of ten digits, into limbs of 64 bits.
fn decode(digits: &[u8; 86]) -> Option<[u8; 64]> {
    let (mut limbs, mut seen) = ([0_u64; 8], 0);
    let (first, rest) = digits.split_at(6);
    for (chunk, size) in core::iter::once(first)
        .chain(rest.chunks_exact(10))
        .zip(1..)
    {
        let mut number = 0;
        for digit in chunk {
            let value = VALUES[usize::from(*digit)];
            seen |= value;
            number = number * 62 + u64::from(value);
        }
        for limb in limbs.iter_mut().rev().take(size) {
            let product = u128::from(*limb) * u128::from(62_u64.pow(10)) + u128::from(number);
            *limb = product as u64;
            number = (product >> 64) as u64;
        }
    }
    if seen > 63 {
        return None;
    }
    let mut bytes = [0; 64];
    for (bytes, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(limbs) {
        *bytes = limb.to_be_bytes();
    }
    Some(bytes)
}

const VALUES: [u8; 256] = {
    let mut values = [64; 256];
    let mut value = 0;
    while value < 62 {
        values[match value {
            0..=9 => b'0' + value,
            10..=35 => b'A' - 10 + value,
            _ => b'a' - 36 + value,
        } as usize] = value;
        value += 1;
    }
    values
};

fn digest(payload: &[u8; 64]) -> [u8; 32] {
    Sha256::new_with_prefix("tenancy/token-secret/1")
        .chain_update(&payload[32..])
        .finalize()
        .into()
}
