//! What the class and id names of an element hint at.
//!
//! The names are structural conventions of site software and CSS frameworks,
//! collected from the class lists of readability (Mozilla), trafilatura and
//! the pages that the models were fitted to (docs/extraction.md), with the
//! names of boards and widgets that stand in classes of many sites; phrases
//! and names of single sites belong into `rules/`. A hint
//! is weak: it moves a score, it decides nothing.

/// A set of hints, one bit each.
pub(super) type Hints = u32;

/// Menus, bread crumbs, page numbers.
pub(super) const NAV: Hints = 1;
/// Page footers.
pub(super) const FOOTER: Hints = 1 << 1;
/// Side columns and widgets.
pub(super) const ASIDE: Hints = 1 << 2;
/// Mastheads and page headers.
pub(super) const HEADER: Hints = 1 << 3;
/// Share and follow bars.
pub(super) const SHARE: Hints = 1 << 4;
/// Other pages of the site.
pub(super) const RELATED: Hints = 1 << 5;
/// Readers' comments.
pub(super) const COMMENT: Hints = 1 << 6;
/// Advertisements and sponsors.
pub(super) const AD: Hints = 1 << 7;
/// Bylines, dates, tag lists, counters.
pub(super) const META: Hints = 1 << 8;
/// Newsletters, consent, dialogs, log-in.
pub(super) const PROMO: Hints = 1 << 9;
/// Search fields, tool bars, buttons.
pub(super) const TOOL: Hints = 1 << 10;
/// Text of the page's subject.
pub(super) const CONTENT: Hints = 1 << 11;
/// One contribution of a discussion.
pub(super) const POST: Hints = 1 << 12;
/// Signature or rank of a contributor.
pub(super) const USER: Hints = 1 << 13;
/// Pictures' captions and credits.
pub(super) const CAPTION: Hints = 1 << 14;
/// An item of a list of goods or pages.
pub(super) const ITEM: Hints = 1 << 15;
/// Copyright and legal notes.
pub(super) const LEGAL: Hints = 1 << 16;
/// Boards, threads and questions, as software for discussions names them.
pub(super) const FORUM: Hints = 1 << 18;

/// Opinions of buyers, ratings.
pub(super) const REVIEW: Hints = 1 << 19;

/// Price, choice and delivery of goods.
pub(super) const OFFER: Hints = 1 << 20;

/// Description and particulars of goods, in panels that open.
pub(super) const DETAIL: Hints = 1 << 21;

/// Many goods or pages side by side.
pub(super) const GRID: Hints = 1 << 22;

/// Everything that speaks against an element.
pub(super) const NEGATIVE: Hints =
    NAV | FOOTER | ASIDE | HEADER | SHARE | RELATED | AD | META | PROMO | TOOL | USER | LEGAL;

/// Name parts and what they hint at. Sorted, for binary search.
const NAMES: &[(&str, Hints)] = &[
    ("accordion", DETAIL),
    ("actions", TOOL),
    ("ad", AD),
    ("ads", AD),
    ("adsbygoogle", AD),
    ("advert", AD),
    ("advertisement", AD),
    ("advertising", AD),
    ("affiliate", AD),
    ("also", RELATED),
    ("answer", POST | FORUM),
    ("answers", POST | FORUM),
    ("archive", GRID),
    ("archives", GRID),
    ("article", CONTENT),
    ("articlebody", CONTENT),
    ("articlecontent", CONTENT),
    ("articles", ITEM),
    ("articletext", CONTENT),
    ("aside", ASIDE),
    ("author", META),
    ("availability", OFFER),
    ("avatar", USER),
    ("badge", META),
    ("banner", PROMO),
    ("basket", OFFER),
    ("bbcode", FORUM),
    ("bbp", FORUM),
    ("bbpress", FORUM),
    ("bbs", FORUM),
    ("bio", META),
    ("board", FORUM),
    ("body", CONTENT),
    ("bottombar", FOOTER),
    ("breadcrumb", NAV),
    ("breadcrumbs", NAV),
    ("button", TOOL),
    ("buttons", TOOL),
    ("buy", OFFER),
    ("byline", META),
    ("caption", CAPTION),
    ("card", ITEM),
    ("cards", ITEM),
    ("carousel", RELATED),
    ("cart", TOOL | OFFER),
    ("catalog", GRID),
    ("catalogue", GRID),
    ("categories", GRID),
    ("category", GRID),
    ("catlinks", NAV),
    ("checkout", OFFER),
    ("collapse", DETAIL),
    ("collection", GRID),
    ("collections", GRID),
    ("comment", COMMENT),
    ("commentlist", COMMENT),
    ("comments", COMMENT),
    ("community", FORUM),
    ("consent", PROMO),
    ("content", CONTENT),
    ("contentinfo", FOOTER),
    ("contents", CONTENT),
    ("cookie", PROMO),
    ("cookies", PROMO),
    ("copyright", LEGAL),
    ("credit", CAPTION),
    ("credits", CAPTION),
    ("crosssell", RELATED),
    ("crumb", NAV),
    ("crumbs", NAV),
    ("cta", PROMO),
    ("date", META),
    ("delivery", OFFER),
    ("desc", DETAIL),
    ("description", DETAIL),
    ("detail", DETAIL),
    ("details", DETAIL),
    ("dialog", PROMO),
    ("disclaimer", LEGAL),
    ("discourse", FORUM),
    ("discussion", FORUM),
    ("discussions", FORUM),
    ("disqus", COMMENT),
    ("drawer", PROMO),
    ("dropdown", NAV),
    ("entry", CONTENT),
    ("entrycontent", CONTENT),
    ("facebook", SHARE),
    ("facet", TOOL),
    ("facets", TOOL),
    ("faq", DETAIL),
    ("faqs", DETAIL),
    ("feature", DETAIL),
    ("features", DETAIL),
    ("feedback", TOOL),
    ("filter", TOOL),
    ("filters", TOOL),
    ("follow", SHARE),
    ("foot", FOOTER),
    ("footer", FOOTER),
    ("form", TOOL),
    ("forum", FORUM),
    ("forums", FORUM),
    ("gdpr", PROMO),
    ("grid", GRID),
    ("header", HEADER),
    ("hentry", CONTENT),
    ("item", ITEM),
    ("latest", RELATED),
    ("legal", LEGAL),
    ("lightbox", PROMO),
    ("list", GRID),
    ("listing", GRID),
    ("listings", GRID),
    ("login", PROMO),
    ("main", CONTENT),
    ("maincontent", CONTENT),
    ("mainmenu", NAV),
    ("markdown", CONTENT),
    ("masthead", HEADER),
    ("megamenu", NAV),
    ("menu", NAV),
    ("menus", NAV),
    ("message", POST),
    ("messages", POST),
    ("meta", META),
    ("metadata", META),
    ("minicart", TOOL | OFFER),
    ("modal", PROMO),
    ("mostread", RELATED),
    ("nav", NAV),
    ("navbar", NAV),
    ("navbox", NAV),
    ("navi", NAV),
    ("navigation", NAV),
    ("news", ITEM),
    ("newsletter", PROMO),
    ("next", NAV),
    ("noprint", TOOL),
    ("notice", PROMO),
    ("offer", OFFER),
    ("outbrain", RELATED),
    ("overlay", PROMO),
    ("overview", DETAIL),
    ("pager", NAV),
    ("pages", NAV),
    ("pagination", NAV),
    ("paging", NAV),
    ("panel", DETAIL),
    ("paywall", PROMO),
    ("phpbb", FORUM),
    ("plp", GRID),
    ("popular", RELATED),
    ("popup", PROMO),
    ("post", POST | CONTENT),
    ("postbody", POST | CONTENT),
    ("postcontent", POST | CONTENT),
    ("postprofile", USER),
    ("posts", ITEM),
    ("prev", NAV),
    ("previous", NAV),
    ("price", OFFER),
    ("prices", OFFER),
    ("pricing", OFFER),
    ("print", TOOL),
    ("privacy", LEGAL),
    ("product", ITEM),
    ("products", ITEM),
    ("profile", USER),
    ("promo", PROMO),
    ("promotion", PROMO),
    ("prose", CONTENT),
    ("qa", FORUM),
    ("qty", OFFER),
    ("quantity", OFFER),
    ("question", POST | FORUM),
    ("questions", FORUM),
    ("rank", USER),
    ("rating", META | REVIEW),
    ("ratings", REVIEW),
    ("readmore", RELATED),
    ("recent", RELATED),
    ("recommend", RELATED),
    ("recommendation", RELATED),
    ("recommendations", RELATED),
    ("recommended", RELATED),
    ("related", RELATED),
    ("relatedposts", RELATED),
    ("replies", POST | FORUM),
    ("reply", POST),
    ("respond", COMMENT),
    ("result", GRID),
    ("results", GRID),
    ("review", REVIEW),
    ("reviewer", REVIEW),
    ("reviews", REVIEW),
    ("richtext", CONTENT),
    ("rte", CONTENT),
    ("sale", OFFER),
    ("search", TOOL),
    ("share", SHARE),
    ("sharedaddy", SHARE),
    ("sharing", SHARE),
    ("shipping", OFFER),
    ("shop", GRID),
    ("showthread", FORUM),
    ("sidebar", ASIDE),
    ("sidebars", ASIDE),
    ("sidenav", NAV),
    ("sig", USER),
    ("signature", USER),
    ("signin", PROMO),
    ("signup", PROMO),
    ("similar", RELATED),
    ("sitemap", NAV),
    ("skip", NAV),
    ("sku", OFFER),
    ("slider", RELATED),
    ("social", SHARE),
    ("socials", SHARE),
    ("spec", DETAIL),
    ("specification", DETAIL),
    ("specifications", DETAIL),
    ("specs", DETAIL),
    ("sponsor", AD),
    ("sponsored", AD),
    ("sponsors", AD),
    ("stars", REVIEW),
    ("stock", OFFER),
    ("story", CONTENT),
    ("storybody", CONTENT),
    ("subnav", NAV),
    ("subscribe", PROMO),
    ("subscription", PROMO),
    ("suggested", RELATED),
    ("suggestions", RELATED),
    ("swatch", OFFER),
    ("swatches", OFFER),
    ("tab", DETAIL),
    ("taboola", RELATED),
    ("tabpanel", DETAIL),
    ("tabs", NAV | DETAIL),
    ("tag", META | GRID),
    ("tags", META | GRID),
    ("teaser", ITEM),
    ("teasers", ITEM),
    ("testimonial", REVIEW),
    ("testimonials", REVIEW),
    ("text", CONTENT),
    ("thread", POST | FORUM),
    ("threads", FORUM),
    ("tile", GRID),
    ("tiles", GRID),
    ("time", META),
    ("timestamp", META),
    ("toc", NAV),
    ("toolbar", TOOL),
    ("tools", TOOL),
    ("tooltip", TOOL),
    ("topbar", HEADER),
    ("topic", POST | FORUM),
    ("topics", FORUM),
    ("topnav", NAV),
    ("trending", RELATED),
    ("twitter", SHARE),
    ("upsell", RELATED),
    ("upsells", RELATED),
    ("user", USER),
    ("userinfo", USER),
    ("variant", OFFER),
    ("variants", OFFER),
    ("vbulletin", FORUM),
    ("viewtopic", FORUM),
    ("vote", TOOL),
    ("votes", TOOL),
    ("widget", ASIDE),
    ("widgets", ASIDE),
    ("xenforo", FORUM),
];

/// Name parts read from one attribute; utility-class frameworks write dozens.
const MAX_PARTS: usize = 24;

/// Longest name part that is looked up.
const LONGEST: usize = 16;

/// The hints in the value of a `class` or `id` attribute.
///
/// A value is cut into parts at anything that is no letter, and between a
/// lower-case and an upper-case letter (`articleBody`).
pub(super) fn hints(value: &str) -> Hints {
    let mut found = 0;
    let mut part = [0_u8; LONGEST];
    let mut length = 0;
    let mut parts = 0;
    let mut was_lower = false;
    for &byte in value.as_bytes() {
        let letter = byte.is_ascii_alphabetic();
        if (!letter || (was_lower && byte.is_ascii_uppercase())) && length > 0 {
            found |= hint(&part[..length.min(LONGEST)], length);
            length = 0;
            parts += 1;
            if parts == MAX_PARTS {
                return found;
            }
        }
        if letter {
            if length < LONGEST {
                part[length] = byte.to_ascii_lowercase();
            }
            length += 1;
        }
        was_lower = byte.is_ascii_lowercase();
    }
    found | hint(&part[..length.min(LONGEST)], length)
}

/// Where the names of each letter begin in [`NAMES`], and their end.
const BY_LETTER: [usize; 27] = {
    let mut begins = [0; 27];
    let mut letter = 0;
    while letter < 26 {
        let mut end = begins[letter];
        while end < NAMES.len() && NAMES[end].0.as_bytes()[0] as usize == b'a' as usize + letter {
            end += 1;
        }
        letter += 1;
        begins[letter] = end;
    }
    begins
};

/// The hint of one folded name part, letters of ASCII; `length` is that before
/// cutting.
fn hint(part: &[u8], length: usize) -> Hints {
    if !(2..=LONGEST).contains(&length) {
        return 0;
    }
    let letter = usize::from(part[0] - b'a');
    let names = &NAMES[BY_LETTER[letter]..BY_LETTER[letter + 1]];
    if let Ok(index) = names.binary_search_by(|(name, _)| name.as_bytes().cmp(part)) {
        return names[index].1;
    }
    // Compounds that are written as one word: `leftnav`, `mainsidebar`.
    match part {
        [.., b'n', b'a', b'v'] | [.., b'm', b'e', b'n', b'u'] => NAV,
        [.., b's', b'i', b'd', b'e', b'b', b'a', b'r'] => ASIDE,
        [.., b'f', b'o', b'o', b't', b'e', b'r'] => FOOTER,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_table_is_sorted() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(BY_LETTER[26], NAMES.len());
        for (name, found) in NAMES {
            assert_eq!(hints(name), *found, "{name}");
        }
    }

    #[test]
    fn names_are_cut_at_signs_and_capitals() {
        assert_eq!(hints("articleBody"), CONTENT);
        assert_eq!(hints("page_side-bar sidebar2"), ASIDE);
        assert_eq!(hints("site-header leftnav"), HEADER | NAV);
    }

    #[test]
    fn part_of_a_word_is_no_hint() {
        assert_eq!(hints("loading shadow gradient"), 0);
    }
}
