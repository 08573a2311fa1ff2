//! The size of a policy as it is stored.

/// Most bytes of the stored permissions as compact JSON: a database item holds 400 KB, and the rest is left to
/// the other attributes.
pub(crate) const MAX_STORED: usize = 358_400;

/// Bytes that permissions take when stored, without writing them.
#[derive(Debug, Default)]
pub(crate) struct StoredSize(usize);

impl StoredSize {
    /// Counts the brackets and commas of an array as one byte for each element and one for the array.
    pub(crate) fn array(&mut self) {
        self.0 += 1;
    }

    /// Counts `{"effect":"Allow","targets":}` and a separator.
    pub(crate) fn permission(&mut self) {
        self.0 += r#"{"effect":"Allow","targets":},"#.len();
    }

    /// Counts `{"product":,"actions":,"resourceNrns":}` and a separator.
    pub(crate) fn target(&mut self) {
        self.0 += r#"{"product":,"actions":,"resourceNrns":},"#.len();
    }

    /// Counts a string that is not an element.
    pub(crate) fn string(&mut self, text: &str) {
        let escapes = |byte: u8| match byte {
            b'"' | b'\\' | b'\x08' | b'\x0c' | b'\n' | b'\r' | b'\t' => 1,
            0..0x20 => 5,
            _ => 0,
        };
        self.0 += 2 + text.len();
        // Without an early end the test is vectorised; hardly any string of a policy is escaped.
        let is_plain = |byte: u8| u8::from(byte >= 0x20) & u8::from(byte != b'"') & u8::from(byte != b'\\');
        if text.bytes().fold(1, |all, byte| all & is_plain(byte)) == 0 {
            self.0 += text.bytes().map(escapes).sum::<usize>();
        }
    }

    /// Counts a string of an array, with its separator.
    pub(crate) fn element(&mut self, text: &str) {
        self.string(text);
        self.0 += 1;
    }

    /// Counts a well-formed resource as it is stored, with its separator; none of its characters is ever escaped.
    pub(crate) fn resource(&mut self, text: &str, product: &str) {
        if text == "*" {
            self.0 += "\"nrn:*::*::*\",".len() + product.len();
        } else {
            self.0 += "\"\",".len() + text.len();
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0
    }
}
