//! skuload turns a merchant's product sheet (XLSX, XLS, XLSB, ODS, CSV, TSV) into products in a Lazada shop,
//! and gives every row a true verdict.
//!
//! ```text
//! sheet ──> rows ──> records ──> findings ──> plan ──> submit ──> journal ──> verdicts ──> report
//! file      cells    typed,      what is      every    attempts   the run's   one per row
//!           + where  + where     wrong,       request, and        diary
//!                                where        in order replies
//! └──────────── pure, parallel, no network ───────────┘ └─ at the edge ─┘ └────── pure ──────┘
//! ```
//!
//! # Checking a sheet
//!
//! ```
//! use skuload::check::{Rules, check};
//! use skuload::column::{Choice, choose};
//! use skuload::sheet::{Input, ReadOptions, Source};
//!
//! let bytes = b"SellerSku,name,price,special_price\nTEE-RED-M,T-shirt,99.00,129.00\n";
//! let source = Source::open("tees.csv", Input::Bytes(bytes.as_slice().into()), &ReadOptions::default())?;
//! let tables = choose(&source, &Choice::default())?;
//! let mut findings = Vec::new();
//! check(&tables, &Rules::default(), &mut findings)?;
//! assert!(findings.iter().any(|found| found.rule.name() == "sale-not-below-price" && found.location.short() == "D2"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! 1. Reading and checking never stop at bad data: they return what they understood, plus findings.
//! 2. Only [`check`](mod@check) makes a [`Checked`](check::Checked); only that can be planned: nothing unchecked can
//!    be sent.
//! 3. Reads come before the plan (what the shop already has), the plan is complete before the first *write*
//!    leaves. A dry run prints the plan and stops: below `plan` no code knows of dry runs. The plan lists intended
//!    effects; look-ups, splits and retries are attempts at them.
//! 4. No write is sent before the journal holds its intent, so that killing the process does not take it away; what
//!    came back is on the disk before it is told. One writer owns the journal and commits in groups; a journal that
//!    cannot be written stops the run.
//! 5. No answer means *unknown*, not *failed*. A request that may be repeated (updates, SetImages, those that bring
//!    pictures, every read) is repeated; CreateProduct never is before GetProducts has said whether its SKUs exist.
//! 6. Every row of the sheet gets exactly one verdict, a fold over plan and journal events: live run, resumed run
//!    and a later `report` are the same code. Counts add up, or the run says so and exits non-zero.
//! 7. Killing the program at any moment is a supported way to stop it: `resume` continues from the run's own folder
//!    (byte copies of the sheet and of pictures in files, the planned requests, the journal), never from the
//!    merchant's files; nothing is lost, nothing is created twice.
//! 8. Only the binary touches terminal, environment and exit codes. Secrets never reach a log, a message, the
//!    journal or a report.
//! 9. The sandbox shares no code with the client: it verifies signatures and limits in its own way.
//!
//! # The house
//!
//! A module uses only those above it; a test keeps it so.
//!
//! | module | one noun |
//! | --- | --- |
//! | [`location`] | where a thing stands: file, `Sheet!H14` or line:column |
//! | [`finding`] | what was found, how grave, what to do; the table of all rules |
//! | [`sheet`] | bytes -> rows of cells, in blocks, or in chunks that any thread takes apart |
//! | [`category`] | what is known of a category's attributes |
//! | [`column`](mod@column) | which sheet and header row, header -> field |
//! | [`picture`] | what is in a picture, told from its first bytes; where those in files are |
//! | [`record`] | row -> typed record |
//! | [`check`] | rules on a cell, a row, the whole sheet |
//! | `patch` | the merchant's own workbook again, with cells noted or changed and everything else as it was |
//! | `template` | an empty sheet that asks for what a category demands |
//! | [`plan`] | products, chunks, requests with stable ids |
//! | `dialect` | encode, sign, decode, error codes, logins, of both APIs |
//! | `submit` | attempts, pace, limits, retries, look-ups, renewed tokens; `State` decides |
//! | `journal` | the durable diary of a run, the store of a shop and the pace of an app, all on `Store` |
//! | `verdict` | plan and events -> one verdict for each row |
//! | `report` | rows and verdicts -> XLSX, CSV, JSON lines, and the rows to mend |
//! | `export` | the shop's products -> a sheet that can be imported again |
//! | `sandbox` | a stand-in marketplace; it uses none of the others |
//!
//! Without default features the library is the checker alone, down to [`plan`]: no network, no terminal. The
//! features are `workbooks` (`patch`), `import` (`dialect` to `export`), `sandbox`, and `cli` (the program).

pub mod location;

pub mod finding;

pub mod sheet;

pub mod category;

pub mod column;

pub mod picture;

pub mod record;

pub mod check;

#[cfg(feature = "workbooks")]
pub mod patch;

#[cfg(feature = "workbooks")]
pub mod template;

pub mod plan;

#[cfg(feature = "import")]
pub mod dialect;

#[cfg(feature = "import")]
pub mod submit;

#[cfg(feature = "import")]
pub mod journal;

#[cfg(feature = "import")]
pub mod verdict;

#[cfg(feature = "import")]
pub mod report;

#[cfg(feature = "import")]
pub mod export;

#[cfg(feature = "sandbox")]
pub mod sandbox;
