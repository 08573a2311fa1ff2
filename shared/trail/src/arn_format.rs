//! ARN formats of the Service Authorization Reference: `arn:${Partition}:s3:::${BucketName}`.

/// Number of bytes of the ARN that the format spells out; `None` when the ARN is not of the format.
///
/// A placeholder stands for at least one character, in the resource part also for `/` and `:`; Region and
/// account may be empty.
pub(crate) fn spelled_characters(format: &str, arn: &str) -> Option<usize> {
    let mut formats = format.splitn(6, ':');
    let mut fields = arn.splitn(6, ':');
    for _ in 0..5 {
        let (format, field) = (formats.next()?, fields.next()?);
        if format != field && !format.starts_with("${") && format != "*" {
            return None;
        }
    }
    let (format, mut rest) = (formats.next()?, fields.next()?);
    let mut spelled = 0;
    let mut open = false; // a placeholder stands before the current position
    let mut pieces = cut(format).peekable();
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

/// A part of a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Literal(&'a str),
    Placeholder(&'a str),
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
        // From the second character on: an unclosed `${` is literal text.
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
