use core::mem;

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use sha2::{Digest as _, Sha256};

use super::FingerprintError;

/// Writes values into SHA-256, through a buffer of whole blocks: most writes are of one or two bytes.
pub(super) struct Encoder {
    hasher: Sha256,
    buffer: [u8; 256],
    used: usize,
}

impl Encoder {
    pub(super) fn new() -> Self {
        let mut encoder = Self {
            hasher: Sha256::new(),
            buffer: [0; 256],
            used: 0,
        };
        encoder.write(DOMAIN);
        encoder
    }

    pub(super) fn finish(mut self) -> [u8; 32] {
        self.flush();
        self.hasher.finalize().into()
    }

    fn flush(&mut self) {
        let used = mem::take(&mut self.used);
        self.hasher
            .update(self.buffer.get(..used).unwrap_or_default());
    }

    fn byte(&mut self, byte: u8) {
        self.write(&[byte]);
    }

    fn write(&mut self, bytes: &[u8]) {
        let end = self.used.saturating_add(bytes.len());
        if let Some(free) = self.buffer.get_mut(self.used..end) {
            free.copy_from_slice(bytes);
            self.used = end;
            return;
        }
        self.flush();
        match self.buffer.get_mut(..bytes.len()) {
            Some(free) => {
                free.copy_from_slice(bytes);
                self.used = bytes.len();
            }
            None => self.hasher.update(bytes),
        }
    }

    fn number(&mut self, mut number: u128) {
        while number > 0x7f {
            self.byte(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.byte(number.to_le_bytes()[0]);
    }

    fn length(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u128);
        self.write(bytes);
    }

    fn variant(&mut self, tag: u8, name: &str) {
        self.byte(tag);
        self.name(name);
    }

    fn name(&mut self, name: &str) {
        self.byte(tag::STRING);
        self.length(name.as_bytes());
    }

    fn signed(&mut self, number: i128) {
        // -1 - n is the complement of n, which is never negative when n is.
        let (tag, number) = match u128::try_from(number) {
            Ok(number) => (tag::UNSIGNED, number),
            Err(_) => (tag::NEGATIVE, (!number).unsigned_abs()),
        };
        self.byte(tag);
        self.number(number);
    }

    fn unsigned(&mut self, number: u128) {
        self.byte(tag::UNSIGNED);
        self.number(number);
    }
}

type Written = Result<(), FingerprintError>;

impl Serializer for &mut Encoder {
    type Ok = ();
    type Error = FingerprintError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Written {
        self.byte(if value { tag::TRUE } else { tag::FALSE });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Written {
        self.serialize_i128(value.into())
    }

    fn serialize_i16(self, value: i16) -> Written {
        self.serialize_i128(value.into())
    }

    fn serialize_i32(self, value: i32) -> Written {
        self.serialize_i128(value.into())
    }

    fn serialize_i64(self, value: i64) -> Written {
        self.serialize_i128(value.into())
    }

    fn serialize_i128(self, value: i128) -> Written {
        self.signed(value);
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Written {
        self.serialize_u128(value.into())
    }

    fn serialize_u16(self, value: u16) -> Written {
        self.serialize_u128(value.into())
    }

    fn serialize_u32(self, value: u32) -> Written {
        self.serialize_u128(value.into())
    }

    fn serialize_u64(self, value: u64) -> Written {
        self.serialize_u128(value.into())
    }

    fn serialize_u128(self, value: u128) -> Written {
        self.unsigned(value);
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Written {
        self.byte(tag::F32);
        self.write(&value.to_bits().to_be_bytes());
        Ok(())
    }

    fn serialize_f64(self, value: f64) -> Written {
        self.byte(tag::F64);
        self.write(&value.to_bits().to_be_bytes());
        Ok(())
    }

    fn serialize_char(self, value: char) -> Written {
        self.byte(tag::CHAR);
        self.number(u32::from(value).into());
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Written {
        self.name(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Written {
        self.byte(tag::BYTES);
        self.length(value);
        Ok(())
    }

    fn serialize_none(self) -> Written {
        self.byte(tag::NONE);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        self.byte(tag::SOME);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        self.byte(tag::UNIT);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.variant(tag::UNIT_VARIANT, variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        self.variant(tag::NEWTYPE_VARIANT, variant);
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, FingerprintError> {
        self.byte(tag::SEQUENCE);
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, FingerprintError> {
        self.byte(tag::TUPLE);
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Self, FingerprintError> {
        self.serialize_tuple(len)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, FingerprintError> {
        self.variant(tag::TUPLE_VARIANT, variant);
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, FingerprintError> {
        self.byte(tag::MAP);
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, FingerprintError> {
        self.byte(tag::STRUCT);
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, FingerprintError> {
        self.variant(tag::STRUCT_VARIANT, variant);
        Ok(self)
    }
}

/// What has elements differs only in its tag, and in the name of the method that takes an element.
macro_rules! elements {
    ($($kind:ident $method:ident,)*) => {$(
        impl $kind for &mut Encoder {
            type Ok = ();
            type Error = FingerprintError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
                value.serialize(&mut **self)
            }

            fn end(self) -> Written {
                self.byte(tag::END);
                Ok(())
            }
        }
    )*};
}

elements! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

/// Structs and struct variants write the name before each field.
macro_rules! fields {
    ($($kind:ident,)*) => {$(
        impl $kind for &mut Encoder {
            type Ok = ();
            type Error = FingerprintError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Written {
                self.name(name);
                value.serialize(&mut **self)
            }

            fn end(self) -> Written {
                self.byte(tag::END);
                Ok(())
            }
        }
    )*};
}

fields! {
    SerializeStruct,
    SerializeStructVariant,
}

impl SerializeMap for &mut Encoder {
    type Ok = ();
    type Error = FingerprintError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        value.serialize(&mut **self)
    }

    fn end(self) -> Written {
        self.byte(tag::END);
        Ok(())
    }
}

const DOMAIN: &[u8; 21] = b"tenancy/fingerprint/1";

/// The first byte of each value, as the module docs list them.
mod tag {
    pub(super) const UNIT: u8 = 0x00;
    pub(super) const FALSE: u8 = 0x01;
    pub(super) const TRUE: u8 = 0x02;
    pub(super) const NONE: u8 = 0x03;
    pub(super) const SOME: u8 = 0x04;
    pub(super) const UNSIGNED: u8 = 0x05;
    pub(super) const NEGATIVE: u8 = 0x06;
    pub(super) const F32: u8 = 0x07;
    pub(super) const F64: u8 = 0x08;
    pub(super) const CHAR: u8 = 0x09;
    pub(super) const STRING: u8 = 0x0a;
    pub(super) const BYTES: u8 = 0x0b;
    pub(super) const SEQUENCE: u8 = 0x0c;
    pub(super) const TUPLE: u8 = 0x0d;
    pub(super) const MAP: u8 = 0x0e;
    pub(super) const STRUCT: u8 = 0x0f;
    pub(super) const UNIT_VARIANT: u8 = 0x10;
    pub(super) const NEWTYPE_VARIANT: u8 = 0x11;
    pub(super) const TUPLE_VARIANT: u8 = 0x12;
    pub(super) const STRUCT_VARIANT: u8 = 0x13;
    pub(super) const END: u8 = 0xff;
}
