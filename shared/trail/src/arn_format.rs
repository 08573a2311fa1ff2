//! Reads ARN formats of the Service Authorization Reference: `arn:${Partition}:s3:::${BucketName}`.

/// A format, cut into its parts.
#[derive(Debug)]
pub(crate) struct ArnFormat<'f> {
    text: &'f str,
    /// Partition, service, Region and account, after `arn`.
    head: [&'f str; HEAD],
    /// The parts of the rest.
    resource: Box<[Piece<'f>]>,
    /// The parts of the whole, as [`pieces`] cuts it.
    pieces: Box<[Piece<'f>]>,
    /// Says how many of the parts stand for names.
    names: usize,
}

/// An ARN, cut at the colons in front of its resource part.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    head: [&'a str; HEAD],
    /// Holds what comes after the account.
    pub(crate) resource: &'a str,
}

/// Fields in front of the resource part: `arn`, partition, service, Region, account.
const HEAD: usize = 5;

impl<'a> Fields<'a> {
    /// Returns the fields of an ARN or of a format; `None` when it has too few.
    pub(crate) fn of(arn: &'a str) -> Option<Self> {
        let mut fields = arn.splitn(HEAD + 1, ':');
        let mut head = [""; HEAD];
        for field in &mut head {
            *field = fields.next()?;
        }
        let resource = fields.next()?;
        Some(Self { head, resource })
    }
}

impl<'f> ArnFormat<'f> {
    /// Reads the format of that text; `None` when the text is not the format of an ARN.
    pub(crate) fn of(text: &'f str) -> Option<Self> {
        let Fields { head, resource } = Fields::of(text)?;
        let pieces: Box<[Piece<'f>]> = pieces(text).collect();
        Some(Self {
            text,
            head,
            resource: cut(resource).collect(),
            names: pieces.iter().filter(|piece| piece.is_name()).count(),
            pieces,
        })
    }

    /// Returns the format as the reference writes it.
    pub(crate) fn text(&self) -> &'f str {
        self.text
    }

    /// Returns the parts, as [`pieces`] cuts them.
    pub(crate) fn pieces(&self) -> &[Piece<'f>] {
        &self.pieces
    }

    /// Returns how many parts stand for names, and not for partition, Region or account.
    pub(crate) fn names(&self) -> usize {
        self.names
    }

    /// Returns the text with which the resource part of every ARN of the format begins.
    pub(crate) fn beginning(&self) -> &'f str {
        match self.resource.first() {
            Some(Piece::Literal(text)) => text,
            Some(Piece::Placeholder(_)) | None => "",
        }
    }

    /// Returns the number of bytes of the ARN that the format spells; `None` when the ARN does not fit the format.
    ///
    /// A placeholder stands for at least one character, in the resource part also for `/` and `:`; Region and
    /// account may be empty.
    pub(crate) fn spelled_characters(&self, arn: &Fields<'_>) -> Option<usize> {
        let is_open = |format: &str| format.starts_with("${") || format == "*";
        let mut heads = self.head.iter().zip(&arn.head);
        if heads.any(|(format, field)| format != field && !is_open(format)) {
            return None;
        }
        let mut rest = arn.resource;
        let mut spelled = 0;
        let mut open = false; // whether a placeholder stands before the current position
        let mut pieces = self.resource.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Placeholder(_) => open = true,
                Piece::Literal(text) => {
                    let last = pieces.peek().is_none();
                    let at = match (open, last) {
                        (false, _) => rest.starts_with(text).then_some(0),
                        (true, true) => rest
                            .ends_with(text)
                            .then(|| rest.len().saturating_sub(text.len())),
                        (true, false) => {
                            let second = rest.chars().next().map_or(0, char::len_utf8);
                            rest.get(second..)?.find(text).map(|at| at + second)
                        }
                    }?;
                    if open && at == 0 {
                        return None;
                    }
                    rest = rest.get(at + text.len()..)?;
                    spelled += text.len();
                    open = false;
                }
            }
        }
        (if open { !rest.is_empty() } else { rest.is_empty() }).then_some(spelled)
    }
}

/// Returns [`ArnFormat::spelled_characters`] of a format that is needed only once.
pub(crate) fn spelled_characters(format: &str, arn: &str) -> Option<usize> {
    ArnFormat::of(format)?.spelled_characters(&Fields::of(arn)?)
}

/// A part of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Literal(&'a str),
    Placeholder(&'a str),
}

impl Piece<'_> {
    /// Returns whether the part is a placeholder that stands for a name.
    pub(crate) fn is_name(&self) -> bool {
        matches!(self, Self::Placeholder(name) if !matches!(*name, "Partition" | "Region" | "Account"))
    }
}

/// Cuts `table/${TableName}` into literals and placeholders; a `*` in a format is one without a name.
///
/// The owner of the resource is always `Account`. Some formats call it `AccountId`, which in the resource part is a name
/// like any other: `account/${AccountId}`.
pub(crate) fn pieces(format: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut colons = 0;
    cut(format).map(move |piece| match piece {
        Piece::Literal(text) => {
            colons += text.matches(':').count();
            piece
        }
        Piece::Placeholder("AccountId") if colons == 4 => Piece::Placeholder("Account"),
        Piece::Placeholder(_) => piece,
    })
}

fn cut(format: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = format;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(after) = rest.strip_prefix('*') {
            rest = after;
            return Some(Piece::Placeholder(""));
        }
        if let Some((name, after)) = rest.strip_prefix("${").and_then(|inner| inner.split_once('}')) {
            rest = after;
            return Some(Piece::Placeholder(name));
        }
        // The search starts at the second character, because an unclosed `${` is literal text.
        let starts_placeholder = |at: usize| {
            rest.get(at..)
                .is_some_and(|text| text.starts_with("${") || text.starts_with('*'))
        };
        let next = rest
            .char_indices()
            .skip(1)
            .map(|(at, _)| at)
            .find(|&at| starts_placeholder(at));
        let (literal, after) = rest.split_at_checked(next.unwrap_or(rest.len()))?;
        rest = after;
        Some(Piece::Literal(literal))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("arn:${Partition}:chime:${Region}:${AccountId}:meeting/${MeetingId}", &["Partition", "Region", "Account", "MeetingId"])]
    #[case("arn:${Partition}:sso:::account/${AccountId}", &["Partition", "AccountId"])]
    #[case("${AccountId}", &["AccountId"])]
    fn an_account_is_the_owner_or_a_name(#[case] format: &str, #[case] expected: &[&str]) {
        let names: Vec<&str> = pieces(format)
            .filter_map(|piece| match piece {
                Piece::Placeholder(name) => Some(name),
                Piece::Literal(_) => None,
            })
            .collect();
        assert_eq!(names, expected);
    }
}
