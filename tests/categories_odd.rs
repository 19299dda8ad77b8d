//! `category pull` of a marketplace that answers in odd ways: a server of a few lines plays it.
#![cfg(all(feature = "cli", feature = "import", feature = "sandbox"))]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use skuload::category::Categories;
use support::{Desk, Market, Outcome, SHOP};

/// Answers each call, by its action and the whole query.
struct Odd {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Odd {
    fn open(body: impl Fn(&str, &str) -> String + Send + 'static) -> Odd {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(&stream, &body, &heard);
            }
        });
        Odd { port, asked }
    }

    /// A desk whose shop it is.
    fn desk(&self) -> Desk {
        let market = Market::open("");
        Desk::toward(&market, &format!("http://127.0.0.1:{}/", self.port), &market.key())
    }

    /// How often the action was asked for.
    fn times(&self, action: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == action).count()
    }
}

fn answer(mut stream: &TcpStream, body: impl Fn(&str, &str) -> String, heard: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let Some(head) = lines.next() else { return };
    if !lines.any(|line| line.is_empty()) {
        return;
    }
    let query = head.split(' ').nth(1).unwrap_or_default();
    let action = value(query, "Action").unwrap_or_default();
    heard.lock().unwrap().push(action.to_owned());
    let body = body(action, query);
    let reply = format!(r#"{{"SuccessResponse":{{"Head":{{"RequestAction":"{action}"}},"Body":{body}}}}}"#);
    let length = reply.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}");
    // A client that has seen enough hangs up.
    let _ = write!(stream, "{head}\r\n\r\n{reply}");
}

fn value<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    let (_, pairs) = query.split_once('?')?;
    pairs.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

const TREE: &str = r#"[{"categoryId":1,"name":"Tea","children":[]},{"categoryId":2,"name":"Cups","children":[]}]"#;
const NAME: &str = r#"[{"name":"name","inputType":"text","attributeType":"normal","isMandatory":1}]"#;
const BRANDS: &str = r#"{"Brands":[{"Name":"Acme"},{"Name":"Remark"}]}"#;

fn pull(desk: &Desk, args: &[&str]) -> Outcome {
    desk.run(&[&["category", "pull", "--shop", SHOP], args].concat())
}

/// The one file of categories that is kept.
fn kept(desk: &Desk) -> Categories {
    let mut files = fs::read_dir(desk.path("state/categories")).unwrap().map(|entry| entry.unwrap().path());
    Categories::from_json(&fs::read(files.next().unwrap()).unwrap()).unwrap()
}

#[test]
fn a_marketplace_that_leaves_the_offset_aside_is_not_taken_at_its_word() {
    let odd = Odd::open(|action, _| match action {
        "GetCategoryTree" => TREE.to_owned(),
        "GetBrands" => BRANDS.to_owned(),
        _attributes => NAME.to_owned(),
    });
    let desk = odd.desk();
    let outcome = pull(&desk, &["--category", "1"]);
    assert_eq!((outcome.exit, odd.times("GetBrands")), (0, 2), "{outcome:?}");
    let told = "warning: the marketplace cannot be asked for its brands page by page: 2 brands came, and perhaps not all; \
                no brand is checked; --no-brands leaves them out";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
    assert_eq!((kept(&desk).brands(), kept(&desk).pulled_categories().collect()), (None, vec![1]));
}

#[test]
fn brands_that_were_known_are_kept_where_they_cannot_be_asked_for_again() {
    let pulls = Mutex::new(0);
    let odd = Odd::open(move |action, query| match action {
        "GetCategoryTree" => {
            *pulls.lock().unwrap() += 1;
            TREE.to_owned()
        }
        "GetBrands" if *pulls.lock().unwrap() == 1 && value(query, "Offset") != Some("0") => {
            r#"{"Brands":[]}"#.to_owned()
        }
        "GetBrands" => BRANDS.to_owned(),
        _attributes => NAME.to_owned(),
    });
    let desk = odd.desk();
    assert_eq!(pull(&desk, &[]).exit, 0);
    let again = pull(&desk, &[]);
    assert!(again.exit == 0 && again.stderr.contains("what was known of them is kept"), "{again:?}");
    assert_eq!(kept(&desk).brands().map(<[String]>::len), Some(2));
}

#[test]
fn a_category_that_is_told_without_attributes_keeps_no_other_from_being_pulled() {
    let odd = Odd::open(|action, query| match (action, value(query, "PrimaryCategory")) {
        ("GetCategoryTree", _) => TREE.to_owned(),
        ("GetCategoryAttributes", Some("1")) => "[]".to_owned(),
        ("GetCategoryAttributes", _) => NAME.to_owned(),
        _brands => BRANDS.to_owned(),
    });
    let desk = odd.desk();
    let outcome = pull(&desk, &["--all", "--no-brands"]);
    assert_eq!((outcome.exit, odd.times("GetCategoryAttributes")), (1, 2), "{outcome:?}");
    let told = "warning: the category 1 Tea was not told: the answer is of no use: a category without an attribute (code \
                not-usable); pull it again later, or ask the marketplace's seller support";
    assert!(outcome.stderr.contains(told), "{outcome:?}");
    assert_eq!(kept(&desk).pulled_categories().collect::<Vec<_>>(), [2]);
}
