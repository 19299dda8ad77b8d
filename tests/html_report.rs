//! The report as a page, in a real browser: what it says, what it asks for, how it is filtered and moved through by
//! keys alone, and what becomes of cells that were made to do harm.
#![cfg(all(feature = "cli", feature = "sandbox", feature = "import"))]

#[path = "html_report/browser.rs"]
mod browser;
#[path = "html_report/made.rs"]
mod made;
#[path = "support/tools.rs"]
mod tools;

use browser::Browser;
use made::{Made, SHOTS, imported, large};

/// The page is loaded, and the script has read and filtered its rows.
const READY: &str = "new Promise(go => { const look = () => \
    document.getElementById('table').ariaBusy === 'false' ? go(true) : requestAnimationFrame(look); look(); })";
const COUNT: &str = "document.getElementById('count').textContent";
/// The seller SKUs of the rows that are drawn.
const SKUS: &str =
    "[...document.querySelectorAll('#shown [data-is=seller_sku]')].map(cell => cell.textContent).join(' ')";
const ACTIVE: &str = "document.getElementById(document.getElementById('table').getAttribute('aria-activedescendant'))\
    ?.querySelector('[data-is=seller_sku]').textContent ?? ''";
const FOCUS: &str = "document.activeElement.id || document.activeElement.textContent.trim()";
/// What a new size changes is drawn.
const DRAWN: &str = "new Promise(go => requestAnimationFrame(() => requestAnimationFrame(() => go(true))))";
/// The texts that are cut off, of those that are shown on as many lines as they take.
const CUT: &str = "[...document.querySelectorAll('#shown .lines, .chart .name')].filter(text => \
    text.scrollHeight > text.clientHeight || text.scrollWidth > text.clientWidth).map(text => text.textContent).join('; ')";
/// How many lines each text takes was counted before it was drawn: those that take more or fewer.
const MISCOUNTED: &str = "[...document.querySelectorAll('#shown tr')].flatMap(row => ['message', 'help'].map(name => { \
    const text = row.querySelector(`[data-is=${name}] .lines`); const range = document.createRange(); \
    range.selectNodeContents(text); const lines = new Set([...range.getClientRects()].map(line => line.top)).size; \
    return [lines, text.style.getPropertyValue('--lines'), text.textContent]; })) \
    .filter(([lines, counted]) => lines !== Number(counted)).join('; ')";
const DETAILS: &str = "document.getElementById('details').open ? \
    document.getElementById('details-title').textContent : 'closed'";

/// The report in a browser, its rows read; nothing where the system has no browser.
#[track_caller]
fn opened(made: &Made) -> Option<Browser> {
    let mut browser = Browser::start()?;
    browser.open(&made.path);
    browser.evaluate(READY);
    Some(browser)
}

/// Does what the expression says and waits for the rows that it leaves.
#[track_caller]
fn after(browser: &mut Browser, doing: &str) -> String {
    browser.evaluate(doing);
    browser.evaluate(READY);
    browser.text(COUNT)
}

/// Chooses the order that is called this.
fn sorted_by(name: &str) -> String {
    format!(
        "(sort => {{ sort.value = [...sort.options].find(option => option.text === {name:?}).value; \
        sort.dispatchEvent(new Event('change')); }})(document.getElementById('sort'))"
    )
}

/// It has nothing to complain of and asks for nothing but itself.
#[track_caller]
fn check_quiet(browser: &Browser, made: &Made) {
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let itself = format!("file://{}", made.path.display());
    let others: Vec<String> = browser.requests().into_iter().filter(|url| *url != itself && url != "data:,").collect();
    assert_eq!(others, Vec::<String>::new());
}

#[test]
fn the_report_of_an_import_opens_without_complaint_and_asks_nobody_for_anything() {
    let made = imported();
    let Some(mut browser) = opened(&made) else { return };
    assert_eq!(browser.text("document.title"), "sheet.csv - skuload report");
    assert_eq!(browser.text(COUNT), "5 rows of 5");
    // What needs the merchant comes first.
    assert_eq!(browser.text(SKUS), "MUG-2 POT-1 MUG-1 CUP-1 CUP-2");
    assert_eq!(after(&mut browser, &sorted_by("as in the sheet")), "5 rows of 5");
    assert_eq!(browser.text(SKUS), "MUG-1 MUG-2 CUP-1 CUP-2 POT-1");
    after(&mut browser, &sorted_by("row, downwards"));
    assert_eq!(browser.text(SKUS), "POT-1 CUP-2 CUP-1 MUG-2 MUG-1");
    after(&mut browser, "document.querySelector('#filters [type=reset]').click()");
    assert_eq!(browser.text(SKUS), "MUG-2 POT-1 MUG-1 CUP-1 CUP-2");
    let bars = "[...document.querySelectorAll('[data-column]')].map(bar => bar.ariaLabel).join(', ')";
    assert_eq!(browser.text(bars), "price: 2 rows");
    let verdicts = "[...document.querySelectorAll('.verdict')].map(each => each.innerText).join(', ')";
    assert_eq!(browser.text(verdicts), "5 rows in all, 2 created, 2 invalid, 1 not-sent");
    let about =
        "[...document.querySelectorAll('.about div')].map(each => each.innerText.replace(/\\s+/g, ' ')).join(', ')";
    let about = browser.text(about);
    assert!(about.starts_with("shop the built-in marketplace, run 2") && about.ends_with("mode create"), "{about}");
    check_quiet(&browser, &made);
}

#[test]
fn nothing_of_the_sheet_becomes_markup() {
    let made = Made::of_shots();
    let Some(mut browser) = opened(&made) else { return };
    assert_eq!(browser.text(COUNT), format!("{} rows of {}", SHOTS.len(), SHOTS.len()));
    let strange =
        "document.querySelectorAll('img, iframe, object, embed, b:not(.verdict b), a:not(.skip), base').length";
    assert_eq!(browser.text(strange), "0");
    assert_eq!(browser.text("typeof window.struck"), "undefined");
    // All rows are in sight.
    browser.window((1600, 6000), "light");
    browser.evaluate(DRAWN);
    // Each cell says what was typed, in the table and in the details of its row.
    for shot in SHOTS {
        let typed = serde_json::to_string(shot).unwrap();
        let cell =
            format!("[...document.querySelectorAll('#shown td.typed')].some(cell => cell.textContent === {typed})");
        assert_eq!(browser.text(&cell), "true", "{shot}");
    }
    browser.evaluate("document.getElementById('table').focus()");
    browser.press(&["Enter"]);
    for _ in SHOTS {
        assert_eq!(browser.text(strange), "0");
        browser.evaluate("document.getElementById('next').click()");
    }
    // Rules and headers come from outside too.
    let bars = "[...document.querySelectorAll('.chart .name')].map(name => name.textContent).join(' ')";
    assert_eq!(browser.text(bars), "<i>E01</i> <u>name</u>");
    assert_eq!(browser.text("typeof window.struck"), "undefined");
    check_quiet(&browser, &made);
}

#[test]
fn rows_are_found_by_verdict_rule_column_and_text() {
    let made = large(3000);
    let Some(mut browser) = opened(&made) else { return };
    let click = |what: &str| format!("document.querySelector({what:?}).click()");
    let type_in = |text: &str| {
        format!(
            "(search => {{ search.value = {text:?}; search.dispatchEvent(new Event('input')); }})(document.getElementById('search'))"
        )
    };
    assert_eq!(after(&mut browser, &click("[data-verdict=invalid]")), "300 rows of 3,000");
    assert_eq!(browser.text("document.querySelector('[data-verdict=invalid]').ariaPressed"), "true");
    assert_eq!(after(&mut browser, &click("[data-verdict=rejected]")), "330 rows of 3,000");
    assert_eq!(after(&mut browser, &click("[data-verdict=invalid]")), "30 rows of 3,000");
    assert_eq!(after(&mut browser, &click("#all")), "3,000 rows of 3,000");
    assert_eq!(after(&mut browser, &click("[data-rule=invalid-price]")), "300 rows of 3,000");
    assert_eq!(browser.text("document.getElementById('rule').value"), "invalid-price");
    assert_eq!(after(&mut browser, &click("[data-rule=invalid-price]")), "3,000 rows of 3,000");
    // The marketplace names the price too, by its field.
    assert_eq!(after(&mut browser, &click("[data-column]")), "330 rows of 3,000");
    assert_eq!(after(&mut browser, &click("[data-column]")), "3,000 rows of 3,000");
    assert_eq!(after(&mut browser, &type_in("sku-00010")), "1 row of 3,000");
    assert_eq!(browser.text(SKUS), "SKU-00010");
    assert_eq!(after(&mut browser, &type_in("no such text")), "0 rows of 3,000");
    // Case does not matter, nor in which of two ways a letter with marks is written.
    assert_eq!(after(&mut browser, &type_in("A\u{300}O PHÔNG")), "30 rows of 3,000");
    assert_eq!(after(&mut browser, &click("#filters [type=reset]")), "3,000 rows of 3,000");
    // Numbers are sorted as numbers: 10 comes after 9.
    let price = "[...document.querySelectorAll('th button')].find(button => button.textContent === 'Price').click()";
    after(&mut browser, price);
    let column =
        browser.text("[...document.querySelectorAll('th')].find(cell => cell.ariaSort === 'ascending').textContent");
    assert_eq!(column, "Price");
    let prices =
        "[...document.querySelectorAll('#shown tr')].map(row => row.querySelectorAll('.typed')[1].textContent)";
    assert_eq!(browser.text(&format!("{prices}.slice(0, 3).join(' ')")), "1 2 3");
    after(&mut browser, price);
    assert_eq!(browser.text(&format!("{prices}[0]")), "on request");
    check_quiet(&browser, &made);
}

#[test]
fn keys_alone_are_enough() {
    let made = large(3000);
    let Some(mut browser) = opened(&made) else { return };
    browser.press(&["Tab"]);
    assert_eq!(browser.text(FOCUS), "Skip to the rows");
    browser.press(&["Enter"]);
    browser.press(&["Tab"]);
    browser.evaluate("document.getElementById('table').focus()");
    browser.press(&["ArrowDown", "ArrowDown", "ArrowUp"]);
    // One in ten is invalid, and those are first: the sixth of each ten.
    assert_eq!(browser.text(ACTIVE), "SKU-00007");
    after(&mut browser, &sorted_by("as in the sheet"));
    browser.evaluate("document.getElementById('table').focus()");
    browser.press(&["ArrowDown", "ArrowDown", "ArrowUp"]);
    assert_eq!(browser.text(ACTIVE), "SKU-00001");
    browser.press(&["End"]);
    assert_eq!(browser.text(ACTIVE), "SKU-02999");
    let is_in_sight = "(row => { const [here, box] = [row.getBoundingClientRect(), document.getElementById('box')\
        .getBoundingClientRect()]; return here.top >= box.top && here.bottom <= box.bottom + 1; })\
        (document.querySelector('[aria-selected=true]'))";
    assert_eq!(browser.text(is_in_sight), "true");
    assert_eq!(browser.text("document.querySelector('[aria-selected=true]').ariaRowIndex"), "3001");
    assert_eq!(browser.text("document.getElementById('table').ariaRowCount"), "3001");
    browser.press(&["PageUp", "Home", "PageDown", "PageUp"]);
    assert_eq!(browser.text(ACTIVE), "SKU-00000");
    browser.press(&["Enter"]);
    assert_eq!(browser.text(DETAILS), "Row 2: SKU-00000");
    browser.press(&["Escape"]);
    assert_eq!(browser.text(DETAILS), "closed");
    assert_eq!(browser.text(FOCUS), "table");
    browser.press(&["/"]);
    assert_eq!(browser.text(FOCUS), "search");
    browser.press(&["0", "0", "0", "4", "2"]);
    browser.evaluate(READY);
    assert_eq!(browser.text(COUNT), "1 row of 3,000");
    browser.press(&["Enter"]);
    assert_eq!(browser.text(FOCUS), "table");
    browser.press(&["Enter"]);
    assert_eq!(browser.text(DETAILS), "Row 44: SKU-00042");
    check_quiet(&browser, &made);
}

#[test]
#[expect(clippy::print_stderr, reason = "what it took is told to whoever asks; nothing depends on it")]
fn fifty_thousand_rows_open_and_are_filtered() {
    let made = large(50_000);
    let Some(mut browser) = opened(&made) else { return };
    assert_eq!(browser.text(COUNT), "50,000 rows of 50,000");
    let read = browser.text("Math.round(performance.now())");
    let timed = |browser: &mut Browser, doing: &str| {
        browser.text(&format!(
            "(async () => {{ const from = performance.now(); {doing}; await {READY}; \
            return Math.round(performance.now() - from); }})()"
        ))
    };
    let typing = "(search => { search.value = 'sku-4999'; search.dispatchEvent(new Event('input')); })(document.getElementById('search'))";
    let found = timed(&mut browser, typing);
    assert_eq!(browser.text(COUNT), "10 rows of 50,000");
    browser.evaluate("document.getElementById('all').click()");
    browser.evaluate(READY);
    let filtered = timed(&mut browser, "document.querySelector('[data-verdict=invalid]').click()");
    assert_eq!(browser.text(COUNT), "5,000 rows of 50,000");
    browser.evaluate("document.getElementById('all').click()");
    browser.evaluate(READY);
    let sorted = timed(&mut browser, "document.querySelector('th[data-is=seller_sku] button').click()");
    browser.evaluate("document.getElementById('table').focus()");
    browser.press(&["End"]);
    assert_eq!(browser.text(ACTIVE), "SKU-49999");
    browser.press(&["Home"]);
    assert_eq!(browser.text(ACTIVE), "SKU-00000");
    // Only what is in sight is drawn.
    let drawn: u32 = browser.text("document.querySelectorAll('#shown tr').length").parse().unwrap();
    assert!(drawn < 200, "{drawn} rows are drawn");
    let size = std::fs::metadata(&made.path).unwrap().len() / 1_000_000;
    eprintln!(
        "50,000 rows, {size} MB: read in {read} ms, search {found} ms, verdict {filtered} ms, sorting {sorted} ms"
    );
    check_quiet(&browser, &made);
}

#[test]
fn every_width_and_both_colours_show_it_whole() {
    let made = large(300);
    let Some(mut browser) = opened(&made) else { return };
    for (width, colours) in [(360, "light"), (360, "dark"), (800, "light"), (1600, "dark")] {
        browser.window((width, 900), colours);
        browser.evaluate(DRAWN);
        // The table has a box of its own to scroll in.
        let is_whole = browser.text("document.documentElement.scrollWidth <= innerWidth");
        assert_eq!(is_whole, "true", "at {width}");
        // Rows stay where the script takes them to be: the last one is reached by its key.
        browser.evaluate("document.getElementById('table').focus()");
        browser.press(&["End"]);
        assert_eq!(browser.text(ACTIVE), "SKU-00299", "at {width}");
        let gap = "document.getElementById('box').getBoundingClientRect().bottom - \
            document.querySelector('[aria-selected=true]').getBoundingClientRect().bottom";
        let gap: f64 = browser.text(gap).parse().unwrap();
        assert!((-1.0..40.0).contains(&gap), "{gap} below the last row at {width}");
        browser.press(&["Home"]);
        let is_dark = browser.text("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 28)";
        assert_eq!(is_dark, colours == "dark");
    }
    check_quiet(&browser, &made);
}

#[test]
fn texts_are_shown_whole_and_nothing_is_left_empty() {
    let made = large(300);
    let Some(mut browser) = opened(&made) else { return };
    let columns = "['verdict', 'message', 'help'].every(name => document.querySelector(`#shown [data-is=${name}]`)\
        .getBoundingClientRect().right <= (box => box.getBoundingClientRect().left + box.clientLeft + box.clientWidth)\
        (document.getElementById('box')))";
    let height = "document.querySelector('#shown tr').getBoundingClientRect().height";
    for width in [360, 1400] {
        browser.window((width, 900), "light");
        browser.evaluate(DRAWN);
        after(&mut browser, "document.querySelector('[data-verdict=invalid]').click()");
        assert_eq!(browser.text(CUT), "", "at {width}");
        assert_eq!(browser.text(columns), "true", "at {width}");
        assert_eq!(browser.text(MISCOUNTED), "", "at {width}");
        let told: f64 = browser.text(height).parse().unwrap();
        browser.evaluate("document.querySelector('[data-verdict=invalid]').click()");
        after(&mut browser, "document.querySelector('[data-verdict=created]').click()");
        let plain: f64 = browser.text(height).parse().unwrap();
        assert!(told > plain + 18.0 && plain < 70.0, "{told} and {plain} at {width}");
        after(&mut browser, "document.getElementById('all').click()");
    }
    check_quiet(&browser, &made);
}

#[test]
fn long_names_and_long_reasons_are_shown_whole() {
    let made = Made::of_long_names();
    let Some(mut browser) = opened(&made) else { return };
    // What is chosen stands beside the arrow.
    let chosen = "(select => { const style = getComputedStyle(select); \
        const pen = document.createElement('canvas').getContext('2d'); pen.font = style.font; \
        const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 20; \
        return pen.measureText(select.selectedOptions[0].text).width <= room; })(document.getElementById('sort'))";
    let names = "[...document.querySelectorAll('#shown [data-is=rule_or_code], #shown [data-is=product], \
        #shown [data-is=seller_sku]')].filter(cell => cell.scrollWidth > cell.clientWidth).length";
    for (width, colours) in [(360, "light"), (700, "dark"), (800, "light"), (1400, "dark")] {
        browser.window((width, 1200), colours);
        browser.evaluate(DRAWN);
        assert_eq!(browser.text(chosen), "true", "at {width}");
        assert_eq!(browser.text(CUT), "", "at {width}");
        assert_eq!(browser.text(MISCOUNTED), "", "at {width}");
        // Cards keep names on one line.
        if width > 700 {
            assert_eq!(browser.text(names), "0", "at {width}");
        }
    }
    check_quiet(&browser, &made);
}

#[test]
fn without_scripts_the_counts_and_the_first_reasons_are_there() {
    let made = Made::of_shots();
    let Some(mut browser) = Browser::start() else { return };
    browser.call("Emulation.setScriptExecutionDisabled", serde_json::json!({ "value": true }));
    browser.open(&made.path);
    let text = browser.text("document.body.innerText");
    assert!(text.contains("Verdicts") && text.contains("scripts are off here"), "{text}");
    assert!(text.contains("<i>E01</i>") && text.contains("<u>name</u>: <img src=x"), "{text}");
    assert!(!text.contains("Search") && !text.contains("\"columns\""), "{text}");
    assert_eq!(browser.text("document.images.length"), "0");
}
