//! Reading forms the way Stripe does: `a[b][c]=1`, `a[]=1`, `a[0]=1`.

use std::collections::BTreeMap;

/// A form, or a part of it, before its types are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    Text(String),
    Tree(BTreeMap<String, Form>),
}

/// Reads `application/x-www-form-urlencoded`; the error is the key that makes no sense.
pub(super) fn parse(encoded: &[u8]) -> Result<BTreeMap<String, Form>, String> {
    let mut root = BTreeMap::new();
    for (key, value) in form_urlencoded::parse(encoded) {
        let path = split(&key).ok_or_else(|| key.to_string())?;
        insert(&mut root, &path, value.into_owned()).ok_or_else(|| key.to_string())?;
    }
    Ok(root)
}

/// `a[b][]` to `["a", "b", ""]`.
fn split(key: &str) -> Option<Vec<&str>> {
    let (first, mut rest) = match key.find('[') {
        Some(at) => key.split_at(at),
        None => (key, ""),
    };
    if first.is_empty() || first.contains(']') {
        return None;
    }
    let mut path = vec![first];
    while !rest.is_empty() {
        let (inner, after) = rest.strip_prefix('[')?.split_once(']')?;
        if inner.contains('[') {
            return None;
        }
        path.push(inner);
        rest = after;
    }
    Some(path)
}

fn insert(tree: &mut BTreeMap<String, Form>, path: &[&str], value: String) -> Option<()> {
    let (first, rest) = path.split_first()?;
    let name = if first.is_empty() { tree.len().to_string() } else { (*first).to_owned() };
    if rest.is_empty() {
        return match tree.insert(name, Form::Text(value)) {
            Some(Form::Tree(_)) => None,
            _ => Some(()),
        };
    }
    match tree.entry(name).or_insert_with(|| Form::Tree(BTreeMap::new())) {
        Form::Tree(inner) => insert(inner, rest, value),
        Form::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_nest() {
        let form = parse(b"a=1&b%5Bc%5D%5Bd%5D=2+3&e[]=x&e[]=y").unwrap();
        assert_eq!(form["a"], Form::Text("1".into()));
        let Form::Tree(b) = &form["b"] else { panic!() };
        let Form::Tree(c) = &b["c"] else { panic!() };
        assert_eq!(c["d"], Form::Text("2 3".into()));
        let Form::Tree(e) = &form["e"] else { panic!() };
        assert_eq!(e["1"], Form::Text("y".into()));
    }

    #[test]
    fn nonsense_is_named() {
        for bad in ["a[=1", "[a]=1", "a]=1", "a[b]c=1", "a=1&a[b]=2", "a[b]=2&a=1"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
