//! What a page says about itself: in `meta` elements, in structured data, in
//! its markup.
//!
//! Sources are asked in a fixed order and the first that answers wins:
//! structured data (written by the publisher's system for machines), Open
//! Graph and its kin, plain `meta` elements, visible markup.

use scraper::{ElementRef, Html};
use serde_json::Value;

use super::{
    features::{Address, Says},
    hints,
    told::Told,
};
use crate::Metadata;

/// Structured data read from one page, in bytes.
const MAX_STRUCTURED: usize = 1 << 20;

/// Nodes of structured data that are looked at.
const MAX_NODES: usize = 2_000;

/// Longest author, date or site that is believed, in bytes.
const MAX_FIELD: usize = 300;

/// What the structured data of a page says.
#[derive(Debug, Default)]
pub(super) struct Structured {
    metadata: Metadata,
    /// The text of the article or the description of the product, if given.
    pub body: Option<String>,
    /// What kind of page it is.
    pub says: Says,
    /// Names and descriptions of the things it is about.
    told: Vec<String>,
}

impl Structured {
    /// Reads the `application/ld+json` scripts of a page.
    pub(super) fn read<'a>(scripts: impl Iterator<Item = &'a str>) -> Self {
        let mut found = Self::default();
        let mut bytes = 0;
        let mut nodes = 0;
        for script in scripts {
            bytes += script.len();
            if bytes > MAX_STRUCTURED {
                break;
            }
            let trimmed = script.trim().trim_end_matches(';');
            // Broken structured data is common and no concern of the reader.
            if let Ok(value) = serde_json::from_str::<Value>(trimmed) {
                found.visit(&value, &mut nodes);
            }
        }
        found
    }

    /// Looks at a value and, in document order, at those inside.
    fn visit(&mut self, root: &Value, nodes: &mut usize) {
        let mut open = vec![root];
        while let Some(value) = open.pop() {
            *nodes += 1;
            if *nodes > MAX_NODES {
                return;
            }
            match value {
                Value::Array(items) => open.extend(items.iter().rev()),
                Value::Object(fields) => {
                    self.object(value);
                    let inside = ["mainEntityOfPage", "mainEntity", "@graph"];
                    open.extend(inside.iter().rev().filter_map(|name| fields.get(*name)));
                }
                _ => {}
            }
        }
    }

    fn object(&mut self, object: &Value) {
        let told = ["name", "headline", "description"].map(|field| text(object, field));
        self.told.extend(told.into_iter().flatten());
        let says = &mut self.says;
        says.discussion |= has_type(object, |name| {
            matches!(name, "DiscussionForumPosting" | "QAPage" | "Question")
        });
        let product = has_type(object, |name| name.starts_with("Product"));
        says.product |= product;
        says.products += usize::from(product);
        if product {
            self.offer_body(text(object, "description"));
        }
        let says = &mut self.says;
        says.list |= has_type(object, |name| {
            matches!(
                name,
                "ItemList" | "CollectionPage" | "SearchResultsPage" | "Blog"
            )
        });
        says.article |= has_type(object, |name| {
            name.ends_with("Article") || name == "BlogPosting"
        });
        let is_work = has_type(object, |name| {
            name.ends_with("Article")
                || name.ends_with("Posting")
                || name == "Report"
                || name == "Recipe"
        });
        if !is_work {
            return;
        }
        let metadata = &mut self.metadata;
        fill(
            &mut metadata.title,
            text(object, "headline").or_else(|| text(object, "name")),
        );
        fill(&mut metadata.author, names(object.get("author")));
        fill(&mut metadata.date, text(object, "datePublished"));
        fill(&mut metadata.site, names(object.get("publisher")));
        fill(&mut metadata.lang, text(object, "inLanguage"));
        self.offer_body(text(object, "articleBody").or_else(|| text(object, "text")));
    }

    /// What it says of the page that has this head and shows this `headline`:
    /// not what it says of another one, which is only teased there.
    ///
    /// A story of another page is one whose headline has no word in common with
    /// the heading that is shown, nor with the titles of the page. Without a
    /// heading nothing speaks against it: a script may be yet to show it.
    pub(super) fn of_page(mut self, declared: &Declared<'_>, headline: Option<&str>) -> Self {
        /// Share of its words; of scripts without blanks each character counts,
        /// and one in ten is shared by chance.
        const NOTHING: f32 = 0.1;
        let own = Told::new(declared.titles().chain(headline), std::iter::empty());
        let title = self.metadata.title.as_deref();
        let is_other = |title: &str| title.len() <= MAX_FIELD && own.titled(title) < NOTHING;
        if headline.is_some() && title.is_some_and(is_other) {
            self.metadata = Metadata::default();
            self.body = None;
        }
        self
    }

    /// Keeps the longest text of the page's subject.
    fn offer_body(&mut self, body: Option<String>) {
        if body.as_ref().map_or(0, String::len) > self.body.as_ref().map_or(0, String::len) {
            self.body = body;
        }
    }
}

fn has_type(object: &Value, wanted: impl Fn(&str) -> bool) -> bool {
    match object.get("@type") {
        Some(Value::String(name)) => wanted(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(wanted),
        _ => false,
    }
}

fn text(object: &Value, field: &str) -> Option<String> {
    object.get(field)?.as_str().map(str::to_owned)
}

/// The names of a person or organisation, or of several.
fn names(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(name) => Some(name.clone()),
        Value::Array(people) => {
            let names: Vec<String> = people.iter().filter_map(|one| names(Some(one))).collect();
            (!names.is_empty()).then(|| names.join(", "))
        }
        object => text(object, "name"),
    }
}

/// Sets a field that is still unknown, if the answer is worth believing.
fn fill(field: &mut Option<String>, answer: Option<String>) {
    if field.is_some() {
        return;
    }
    let Some(answer) = answer else { return };
    let answer = answer.split_whitespace().collect::<Vec<_>>().join(" ");
    if !answer.is_empty() && answer.len() <= MAX_FIELD {
        *field = Some(answer);
    }
}

/// What the `meta` and `link` elements of a page say, by name.
#[derive(Default)]
pub(super) struct Declared<'a> {
    pairs: Vec<(String, &'a str)>,
    title: Option<String>,
    canonical: Option<&'a str>,
    lang: Option<&'a str>,
}

impl<'a> Declared<'a> {
    /// Reads the head of a page.
    pub(super) fn read(tree: &'a Html) -> Self {
        let mut declared = Self::default();
        let root = tree.root_element();
        declared.lang = root.attr("lang").or_else(|| root.attr("xml:lang"));
        for part in root.children().filter_map(ElementRef::wrap) {
            // `meta` elements also stand at the top of the body, where broken
            // heads end early.
            for element in part.children().filter_map(ElementRef::wrap) {
                declared.element(element);
            }
        }
        declared
    }

    fn element(&mut self, element: ElementRef<'a>) {
        match element.value().name() {
            "meta" => {
                let name = ["property", "name", "itemprop", "http-equiv"]
                    .iter()
                    .find_map(|name| element.attr(name));
                if let (Some(name), Some(content)) = (name, element.attr("content")) {
                    self.pairs.push((name.to_ascii_lowercase(), content));
                }
            }
            "title" if self.title.is_none() => {
                self.title = Some(element.text().collect());
            }
            "link"
                if element
                    .attr("rel")
                    .is_some_and(|rel| rel.eq_ignore_ascii_case("canonical")) =>
            {
                self.canonical = self.canonical.or_else(|| element.attr("href"));
            }
            _ => {}
        }
    }

    /// The titles of the page.
    fn titles(&self) -> impl Iterator<Item = &str> {
        self.named(&["og:title", "twitter:title"])
            .chain(self.title.as_deref())
    }

    /// The contents of the `meta` elements of these names.
    fn named(&self, wanted: &'static [&'static str]) -> impl Iterator<Item = &str> {
        let pairs = self.pairs.iter();
        pairs.filter_map(|(name, content)| wanted.contains(&name.as_str()).then_some(*content))
    }

    fn get(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|wanted| {
            let found = self
                .pairs
                .iter()
                .find(|(name, content)| name == wanted && !content.trim().is_empty());
            found.map(|(_, content)| (*content).to_owned())
        })
    }
}

/// What kind of page `meta` elements and the page's own address speak of.
pub(super) fn says(declared: &Declared<'_>, structured: &Structured) -> Says {
    let mut says = structured.says;
    match declared.get(&["og:type"]).as_deref() {
        Some("article") => says.article = true,
        Some(kind) if kind.contains("product") => says.product = true,
        _ => {}
    }
    let address = declared.canonical.map(str::to_owned);
    if let Some(address) = address.or_else(|| declared.get(&["og:url"])) {
        let address = Address::read(&address);
        says.discussion |= address.hints & hints::FORUM != 0;
        says.address = Some(address);
    }
    says
}

/// What the page tells of its subject in its title, descriptions and structured
/// data.
pub(super) fn told(declared: &Declared<'_>, structured: &Structured) -> Told {
    let descriptions = declared
        .named(&["description", "og:description", "twitter:description"])
        .chain(structured.told.iter().map(String::as_str))
        .chain(structured.body.as_deref());
    Told::new(declared.titles(), descriptions)
}

/// Everything that is known about the page. `headline` is its main heading.
pub(super) fn metadata(
    declared: &Declared<'_>,
    structured: &Structured,
    headline: Option<&str>,
) -> Metadata {
    let mut known = structured.metadata.clone();
    fill(
        &mut known.site,
        declared.get(&["og:site_name", "application-name"]),
    );
    fill(
        &mut known.title,
        declared.get(&["og:title", "twitter:title", "dc.title"]),
    );
    fill(&mut known.title, headline.map(str::to_owned));
    fill(&mut known.title, declared.title.clone());
    known.title = known
        .title
        .map(|title| without_site(&title, known.site.as_deref()));
    fill(
        &mut known.author,
        declared
            .get(&[
                "author",
                "article:author",
                "dc.creator",
                "parsely-author",
                "byl",
            ])
            .filter(|author| !author.contains("://")),
    );
    fill(
        &mut known.date,
        declared.get(&[
            "article:published_time",
            "datepublished",
            "date",
            "dc.date",
            "parsely-pub-date",
            "pubdate",
        ]),
    );
    fill(&mut known.url, declared.canonical.map(str::to_owned));
    fill(&mut known.url, declared.get(&["og:url"]));
    fill(&mut known.lang, declared.lang.map(str::to_owned));
    fill(
        &mut known.lang,
        declared.get(&["og:locale", "content-language", "language"]),
    );
    known
}

/// A title without the name of the site that many pages append.
fn without_site(title: &str, site: Option<&str>) -> String {
    if let Some(site) = site
        && let Some(rest) = title.strip_suffix(site)
    {
        let rest = rest.trim_end();
        if let Some(rest) = rest.strip_suffix(['|', '-', '–', '—', '·', '•', ':', '»']) {
            let rest = rest.trim_end();
            if !rest.is_empty() {
                return rest.to_owned();
            }
        }
    }
    title.to_owned()
}

/// The posts of a Discourse topic as HTML, from its `data-preloaded`
/// attribute (entities not yet resolved): an object of JSON texts, of which
/// those named `topic_<id>` hold `post_stream.posts[].cooked`.
pub(super) fn preloaded_posts(attribute: &str) -> Option<String> {
    if attribute.len() > MAX_STRUCTURED * 4 {
        return None;
    }
    let json = attribute
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let stored: Value = serde_json::from_str(&json).ok()?;
    let topic = stored
        .as_object()?
        .iter()
        .find(|(name, _)| name.starts_with("topic_") && name.as_str() != "topic_list")?
        .1;
    let topic: Value = serde_json::from_str(topic.as_str()?).ok()?;
    let posts = topic.get("post_stream")?.get("posts")?.as_array()?;
    let mut html = String::new();
    for post in posts {
        if let Some(cooked) = post.get("cooked").and_then(Value::as_str) {
            html.push_str("<article class=\"post\"><div class=\"content\">");
            html.push_str(cooked);
            html.push_str("</div></article>");
        }
    }
    (!html.is_empty()).then_some(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> Metadata {
        metadata(
            &Declared::read(&Html::parse_document(html)),
            &Structured::default(),
            Some("Seen"),
        )
    }

    #[test]
    fn structured_data_outranks_meta_elements() {
        let structured = Structured::read(
            [r#"{"@graph":[{"@type":["NewsArticle"],"headline":"Told","author":[{"name":"A"},{"name":"B"}],"articleBody":"Text."}]}"#]
                .into_iter(),
        );
        let tree = Html::parse_document(
            "<meta property=og:title content=Other><meta name=author content=C>",
        );
        let known = metadata(&Declared::read(&tree), &structured, None);
        assert_eq!(known.title.as_deref(), Some("Told"));
        assert_eq!(known.author.as_deref(), Some("A, B"));
        assert_eq!(structured.body.as_deref(), Some("Text."));
    }

    #[test]
    fn name_of_the_site_is_taken_off_the_title() {
        let known = read(
            "<title>ignored</title><meta property=og:title content='Bread | The Mill'><meta property=og:site_name content='The Mill'>",
        );
        assert_eq!(known.title.as_deref(), Some("Bread"));
    }

    #[test]
    fn canonical_address_and_language_are_found() {
        let known = read("<html lang=pt-BR><link rel=canonical href=https://example.org/a>");
        assert_eq!(known.url.as_deref(), Some("https://example.org/a"));
        assert_eq!(known.lang.as_deref(), Some("pt-BR"));
    }

    #[test]
    fn posts_are_found_in_preloaded_data() {
        let attribute = r"{&quot;topic_12&quot;:&quot;{\&quot;post_stream\&quot;:{\&quot;posts\&quot;:[{\&quot;cooked\&quot;:\&quot;&lt;p&gt;Hi&lt;/p&gt;\&quot;}]}}&quot;}";
        let html = preloaded_posts(attribute).unwrap();
        assert!(html.contains("<p>Hi</p>"));
    }
}
