//! Reading rule files: as people write them, and the built-in ones in the quick
//! form that the build script makes of them.

use std::{collections::HashMap, path::Path};

use super::{
    builtin,
    compile::{Check, expand_and_compile},
    error::{RuleError, RuleErrorKind},
    lists::{self, Lists},
    nearest::toml_problem,
    overridden,
    place::LineNumbers,
    rule::Rule,
    schema,
};

/// Reads one rule file.
pub(super) fn pack(file: &Path, text: &str) -> Result<Vec<Rule>, RuleError> {
    let at = |line, rule: Option<&str>, kind| RuleError {
        file: file.to_owned(),
        line,
        rule: rule.map(str::to_owned),
        kind,
    };
    let lines = LineNumbers::new(text);
    let written: schema::File = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| lines.of(span.start));
        let rule = line.and_then(|line| lines.rule_before(text, line));
        at(
            line,
            rule.as_deref(),
            RuleErrorKind::Syntax(toml_problem(&error)),
        )
    })?;
    if written.schema != 1 {
        return Err(at(None, None, RuleErrorKind::Schema(written.schema)));
    }
    lists::check(&written.lists)
        .map_err(|kind| at(LineNumbers::table(text, "[lists]"), None, kind))?;
    let mut seen: HashMap<String, usize> = HashMap::new();
    for rule in &written.rules {
        let code = &rule.get_ref().code;
        let line = lines.of(rule.span().start);
        if let Some(first) = seen.insert(code.clone(), line) {
            return Err(at(
                Some(line),
                Some(code),
                RuleErrorKind::Duplicate { first },
            ));
        }
    }
    let rules = written.rules.into_iter();
    let rules = rules.map(|rule| (lines.of(rule.span().start), rule.into_inner()));
    let source = Source {
        file,
        name: &written.pack.name,
        lists: &written.lists,
    };
    compile_all(&source, rules, Check::Now)
}

/// Reads a built-in rule file in its quick form.
pub(super) fn trusted_pack(pack: &builtin::Pack) -> Result<Vec<Rule>, RuleError> {
    let file = Path::new(pack.file);
    let written: schema::File<schema::Rule> =
        serde_json::from_str(pack.quick).map_err(|error| RuleError {
            file: file.to_owned(),
            line: None,
            rule: None,
            kind: RuleErrorKind::Syntax(error.to_string()),
        })?;
    let rules = pack.lines.iter().copied().zip(written.rules);
    let source = Source {
        file,
        name: &written.pack.name,
        lists: &written.lists,
    };
    compile_all(&source, rules, Check::Trusted)
}

/// The rule that was read from the pack `text`, with `keys` in the place of
/// its own.
pub(super) fn overridden(
    file: &Path,
    text: &str,
    rule: &Rule,
    keys: &toml::Table,
) -> Result<Rule, RuleError> {
    let code = rule.code.as_str();
    let changed = || {
        let (written, lists) = overridden::rule(text, code, keys)?;
        // Nobody has tested what its keys are replaced by.
        expand_and_compile(written, &lists, Check::Now)
    };
    let changed = changed().map_err(|kind| RuleError {
        file: file.to_owned(),
        line: Some(rule.line),
        rule: Some(code.to_owned()),
        kind,
    })?;
    Ok(Rule {
        pack: rule.pack.clone(),
        file: rule.file.clone(),
        line: rule.line,
        ..changed
    })
}

/// What the rules of a pack have in common.
struct Source<'p> {
    file: &'p Path,
    name: &'p str,
    lists: &'p Lists,
}

/// Compiles the rules of a pack, each with its line.
fn compile_all(
    source: &Source<'_>,
    written: impl Iterator<Item = (usize, schema::Rule)>,
    check: Check,
) -> Result<Vec<Rule>, RuleError> {
    written
        .map(|(line, rule)| {
            let code = rule.code.clone();
            let compiled = expand_and_compile(rule, source.lists, check);
            let mut rule = compiled.map_err(|kind| RuleError {
                file: source.file.to_owned(),
                line: Some(line),
                rule: Some(code),
                kind,
            })?;
            source.name.clone_into(&mut rule.pack);
            rule.file = source.file.display().to_string();
            rule.line = line;
            Ok(rule)
        })
        .collect()
}
