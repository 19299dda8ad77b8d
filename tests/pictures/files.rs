//! What a cell may name: files beside the sheet and entries of a zip, and nothing outside.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use skuload::check::{Checked, Rules, check_and_keep};
use skuload::column::{Choice, choose};
use skuload::finding::Finding;
use skuload::picture::Gallery;
use skuload::record::Image;
use skuload::sheet::{Input, ReadOptions, Source};
use tempfile::TempDir;

use super::archive::{Part, archive};
use super::made::{jpeg, png, sound};

const HEADER: &str = "SellerSku\tPrimaryCategory\tname\tshort_description\tbrand\tprice\tpackage_weight\t\
    package_length\tpackage_width\tpackage_height\tcolor_family\timage1\timage2\n";

/// A sheet with one row whose picture cells hold these.
fn checked(cells: &str, pictures: Option<Gallery>) -> (Vec<Finding>, Checked) {
    let text = format!("{HEADER}A\t3\tMug\tBlue\tRemark\t9.90\t0.2\t1\t1\t1.5\tRed\t{cells}");
    let options = ReadOptions { delimiter: Some(b'\t'), ..ReadOptions::default() };
    let source = Source::open("s.tsv", Input::Bytes(text.into_bytes().into()), &options).unwrap();
    let tables = choose(&source, &Choice::default()).unwrap();
    let mut findings = Vec::new();
    let rules = Rules { pictures: pictures.map(Arc::new), ..Rules::default() };
    let checked = check_and_keep(&tables, &rules, &mut findings).unwrap();
    (findings, checked)
}

/// A merchant's folder with a sheet in it, inside another one that is nobody's business.
struct Shelf {
    home: TempDir,
}

impl Shelf {
    fn new() -> Shelf {
        let home = TempDir::new().unwrap();
        let shelf = Shelf { home };
        fs::create_dir_all(shelf.path("shelf/pics")).unwrap();
        shelf.write("secret.png", &sound(99));
        shelf.write("shelf/red.png", &sound(1));
        shelf.write("shelf/pics/blue.jpg", &jpeg(800, 600, 100_000, 0));
        shelf
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
    }

    fn gallery(&self) -> Gallery {
        Gallery::beside([self.path("shelf/sheet.tsv").as_path()]).unwrap()
    }

    /// `expect` is the findings, each as `cell rule`, then how many pictures there are and how many are dead.
    #[track_caller]
    fn check(&self, cells: &str, expect: &str) -> Vec<Finding> {
        let cells = if cells.contains('\t') { cells.to_owned() } else { format!("{cells}\t") };
        let (findings, checked) = checked(&cells, Some(self.gallery()));
        let sku = checked.rows()[0].given().unwrap();
        let told = findings.iter().map(|found| format!("{} {}; ", found.location.short(), found.rule));
        let told = format!("{}{}+{}", told.collect::<String>(), sku.images.len(), sku.dead_images.len());
        assert_eq!(told, expect, "{cells}: {findings:#?}");
        assert_eq!(checked.summary().errors, 0);
        findings
    }
}

#[test]
fn a_cell_names_a_file_beside_the_sheet_or_below() {
    let shelf = Shelf::new();
    shelf.check("red.png", "1+0");
    shelf.check(" ./red.png ", "1+0");
    shelf.check("pics/blue.jpg", "1+0");
    shelf.check("pics\\blue.jpg", "1+0");
    shelf.check("red.png\tpics/blue.jpg", "2+0");
    shelf.check("https://a.example.com/1.jpg\tred.png", "2+0");
    shelf.check("red.png, https://a.example.com/1.jpg", "2+0");
    let (_, checked) = checked("pics\\blue.jpg\t", Some(shelf.gallery()));
    let Image::File(file) = &checked.rows()[0].given().unwrap().images[0] else { panic!("no file") };
    assert_eq!((&*file.name, file.sha256.len()), ("pics\\blue.jpg", 64));
}

#[test]
fn a_name_never_leads_out() {
    let shelf = Shelf::new();
    for name in ["../secret.png", "pics/../../secret.png", "pics\\..\\..\\secret.png", "~/secret.png"] {
        shelf.check(name, "L2 unsafe-picture-path; 0+1");
    }
    let absolute = shelf.path("secret.png").display().to_string();
    for name in [absolute.as_str(), "C:\\secret.png", "\\\\nas\\secret.png", "file:///secret.png", "/secret.png"] {
        shelf.check(name, "L2 unsafe-picture-path; 0+1");
    }
    let findings = shelf.check("C:\\Users\\lee\\red.png", "L2 unsafe-picture-path; 0+1");
    assert_eq!(findings[0].help, "write `red.png`, if that file is meant");
}

#[cfg(unix)]
#[test]
fn a_link_counts_only_where_it_stays_inside() {
    use std::os::unix::fs::symlink;
    let shelf = Shelf::new();
    symlink(shelf.path("secret.png"), shelf.path("shelf/out.png")).unwrap();
    symlink("../secret.png", shelf.path("shelf/up.png")).unwrap();
    symlink(shelf.home.path(), shelf.path("shelf/all")).unwrap();
    symlink("red.png", shelf.path("shelf/in.png")).unwrap();
    symlink("circle.png", shelf.path("shelf/circle.png")).unwrap();
    for name in ["out.png", "up.png", "all/secret.png"] {
        shelf.check(name, "L2 unsafe-picture-path; 0+1");
    }
    shelf.check("all/SECRET.png", "L2 missing-picture; 0+1");
    shelf.check("in.png", "1+0");
    shelf.check("circle.png", "L2 missing-picture; 0+1");
    // What holds the sheet may itself be reached by a link.
    symlink(shelf.path("shelf"), shelf.path("desk")).unwrap();
    let gallery = Gallery::beside([shelf.path("desk/sheet.tsv").as_path()]).unwrap();
    assert!(gallery.look("red.png").is_ok() && gallery.look("out.png").is_err());
}

#[cfg(unix)]
#[test]
fn only_plain_files_are_opened() {
    let shelf = Shelf::new();
    let made = std::process::Command::new("mkfifo").arg(shelf.path("shelf/pipe.png")).status();
    fs::create_dir(shelf.path("shelf/folder.png")).unwrap();
    if made.is_ok_and(|status| status.success()) {
        shelf.check("pipe.png", "L2 missing-picture; 0+1");
    }
    shelf.check("folder.png", "L2 missing-picture; 0+1");
    shelf.check("red.png/x.png", "L2 missing-picture; 0+1");
    shelf.check(&format!("{}.png", "long".repeat(100)), "L2 missing-picture; 0+1");
}

#[test]
fn another_case_is_proposed_and_other_accents_are_the_same() {
    let shelf = Shelf::new();
    let findings = shelf.check("Pics/BLUE.jpg", "L2 missing-picture; 0+1");
    assert_eq!(findings[0].help, "write `pics/blue.jpg`, if that file is meant");
    // One is composed, the other not.
    shelf.write("shelf/a\u{309}o.png", &sound(5));
    shelf.check("\u{1ea3}o.png", "1+0");
    let findings = shelf.check("green.png", "L2 missing-picture; 0+1");
    assert!(findings[0].help.contains("--pictures PATH"), "{}", findings[0].help);
}

#[test]
fn a_cell_may_list_names_and_a_name_may_hold_a_comma() {
    let shelf = Shelf::new();
    shelf.check("red.png, pics/blue.jpg", "2+0");
    shelf.check("red.png;pics/blue.jpg|gone.png", "L2 missing-picture; 2+1");
    shelf.write("shelf/red, big.png", &sound(2));
    shelf.check("red, big.png", "1+0");
    shelf.write("shelf/one.png,two.png", &sound(3));
    shelf.check("one.png,two.png", "1+0");
    shelf.write("shelf/one.png", &sound(4));
    shelf.check("one.png,two.png", "1+0");
    shelf.write("shelf/two.png", &sound(5));
    let findings = shelf.check("one.png,two.png", "L2 ambiguous-picture; 0+2");
    assert_eq!(findings[0].message, "there is a file `one.png,two.png`, and there are the files `one.png`, `two.png`");
    shelf.write("shelf/copy.png", &sound(1));
    shelf.check("red.png\tcopy.png", "M2 duplicate-image; 1+0");
}

#[test]
fn a_file_must_be_a_picture_that_is_taken() {
    let shelf = Shelf::new();
    let check = |bytes: &[u8], expect: &str| {
        shelf.write("shelf/x.png", bytes);
        shelf.check("x.png", expect);
    };
    check(b"", "L2 picture-type; 0+1");
    check(b"GIF89a and more", "L2 picture-type; 0+1");
    check(b"<!doctype html><html>", "L2 picture-type; 0+1");
    check(&png(400, 500, 0)[..18], "L2 picture-type; 0+1");
    check(&jpeg(400, 500, 0, 0), "1+0");
    check(&png(329, 500, 0), "L2 picture-pixels; 0+1");
    check(&png(400, 5001, 0), "L2 picture-pixels; 0+1");
    check(&png(330, 5000, 0), "1+0");
    check(&png(400, 500, 1_000_000), "1+0");
    check(&png(400, 500, 1_000_001), "L2 large-picture; 1+0");
    check(&png(400, 500, 3 << 20), "L2 large-picture; 1+0");
    check(&png(400, 500, (3 << 20) + 1), "L2 picture-size; 0+1");
    // A canvas of sixteen thousand million pixels, in few bytes: nobody unpacks it.
    check(&png(u32::MAX, u32::MAX, 0), "L2 picture-pixels; 0+1");
}

#[test]
fn without_a_gallery_a_file_is_no_address() {
    let (findings, _) = checked("red.png\t", None);
    let told: Vec<String> = findings.iter().map(|found| format!("{} {}", found.location.short(), found.rule)).collect();
    assert_eq!(told, ["L2 invalid-image-url"]);
    assert!(findings[0].help.ends_with("or put the file beside the sheet"), "{}", findings[0].help);
    let (findings, _) = checked("red.png\t", Some(Gallery::nowhere()));
    assert!(
        findings[0].rule.name() == "missing-picture" && findings[0].help.starts_with("standard input has no folder")
    );
}

#[test]
fn what_is_copied_later_is_what_was_looked_at() {
    let shelf = Shelf::new();
    let gallery = shelf.gallery();
    let seen = gallery.look("red.png").unwrap();
    assert_eq!(gallery.bytes("red.png", &seen.sha256).unwrap(), sound(1));
    shelf.write("shelf/red.png", &sound(2));
    assert_eq!(gallery.look("red.png").unwrap(), seen, "it is looked at once");
    let told = gallery.bytes("red.png", &seen.sha256).unwrap_err();
    assert_eq!(told, "the picture `red.png` was changed since it was checked");
    fs::remove_file(shelf.path("shelf/red.png")).unwrap();
    assert_eq!(gallery.bytes("red.png", &seen.sha256).unwrap_err(), "the picture `red.png` is not there any more");
}

/// Looks into a zip of these parts for a picture.
#[track_caller]
fn check_zip(bytes: &[u8], name: &str, expect: &str) {
    let home = TempDir::new().unwrap();
    let path = home.path().join("pics.zip");
    fs::write(&path, bytes).unwrap();
    let told = match Gallery::at(&path) {
        Ok(gallery) => match gallery.look(name) {
            Ok(_) => "sound".to_owned(),
            Err(lacking) => format!("{lacking:?}"),
        },
        Err(why) => why,
    };
    assert!(told.contains(expect), "{name}: {told}");
}

#[test]
fn a_zip_holds_pictures_and_nothing_else_is_believed_of_it() {
    let parts = |names: &[&str]| -> Vec<Part> { names.iter().map(|name| Part::stored(name, sound(1))).collect() };
    let zip = |names: &[&str]| archive(&parts(names));
    check_zip(&zip(&["a.png", "pics/b.png"]), "a.png", "sound");
    check_zip(&zip(&["a.png", "pics/b.png"]), "pics\\b.png", "sound");
    check_zip(&zip(&["pics\\b.png"]), "pics/b.png", "sound");
    check_zip(&zip(&["pics/b.png"]), "b.png", "Missing { near: Some(\"pics/b.png\") }");
    check_zip(&zip(&["pics/b.png"]), "PICS/B.png", "Missing { near: Some(\"pics/b.png\") }");
    check_zip(&zip(&["one/b.png", "two/b.png"]), "b.png", "Missing { near: None }");
    // Names that lead out name nothing, and cells may not name them.
    check_zip(&zip(&["../a.png"]), "../a.png", "Unsafe");
    check_zip(&zip(&["../a.png", "/b.png"]), "a.png", "Missing { near: None }");
    check_zip(&zip(&["/b.png"]), "b.png", "Missing { near: None }");
    check_zip(&zip(&["a.png", "a.png"]), "a.png", "two entries of the same name");
    check_zip(&zip(&["x\\a.png", "x/a.png"]), "x/a.png", "has it twice");
    let mut locked = parts(&["a.png"]);
    locked[0].flags = 1;
    check_zip(&archive(&locked), "a.png", "encrypted");
    check_zip(b"PK\x03\x04 and so on", "a.png", "is no zip archive, or is cut off");
    check_zip(&zip(&["a.png"])[20..], "a.png", "amaged");
    check_zip(&super::archive::archive_of_many(&parts(&["a.png"]), 250_000), "a.png", "more than 200000");
    assert!(Gallery::at(Path::new("nowhere.zip")).unwrap_err().starts_with("cannot be read"));
}

#[test]
fn an_entry_is_inflated_no_further_than_a_picture_may_go() {
    let bomb = Part::repeated("bomb.png", "BM", &[0; 1 << 20], 2000, "");
    check_zip(&archive(&[bomb]), "bomb.png", "Unsound(Type(Bmp))");
    // One that promises to be small.
    let mut liar = Part::stored("a.png", png(400, 500, (3 << 20) + 9));
    liar.size = 100;
    check_zip(&archive(&[liar]), "a.png", "Un");
}

#[test]
fn a_zip_beside_the_sheet_is_called_as_the_sheet_is() {
    let shelf = Shelf::new();
    shelf.write("shelf/sheet.zip", &archive(&[Part::stored("zipped.png", sound(7)), Part::stored("red.png", b"BM")]));
    shelf.check("zipped.png", "1+0");
    shelf.check("red.png", "1+0");
    shelf.check("zipped.png,red.png", "2+0");
    shelf.write("shelf/sheet.zip", b"no zip");
    shelf.check("red.png", "1+0");
    let findings = shelf.check("zipped.png", "L2 missing-picture; 0+1");
    assert!(findings[0].message.contains("sheet.zip, which is no zip archive"), "{}", findings[0].message);
}
