//! The one table of all rules: name, severity, what it means, how to mend it, and the page it comes from.

use std::fmt;

use super::Severity;

rules! {
    MissingColumn, "missing-column", Error,
        "a mandatory field has no column",
        "add a column with this header, map one with --map \"Your header=field\", or give all rows one value with --set field=value",
        "CreateProduct, Business parameters";
    DuplicateColumn, "duplicate-column", Error,
        "two columns mean the same field",
        "rename or delete one of the two columns, or map one elsewhere with --map \"Your header=ignore\"",
        "sheets in practice";
    AmbiguousColumn, "ambiguous-column", Error,
        "a header has two readings",
        "rename the header, or say which it is with --map \"Your header=field\"",
        "CreateProduct, SKU table; seller centre sheets";
    InvalidAttributeName, "invalid-attribute-name", Error,
        "a column that is sent as an attribute has a name that no XML tag can have",
        "name the attribute with letters, digits, `_`, `-` and `.`, beginning with a letter, or do not map the column",
        "CreateProduct, Request body";
    UnknownColumn, "unknown-column", Warning,
        "columns that are not sent",
        "nothing, if they are yours alone; to send one, map it with --map \"Header=field\", or name it attr.NAME (product) or sku.NAME (variant)",
        "columns are sent only when they are known";
    UnnamedColumn, "unnamed-column", Warning,
        "a column without a header holds values, which are not sent",
        "give the column a header, or clear it",
        "sheets in practice";
    IgnoredColumn, "ignored-column", Note,
        "columns of the seller centre's own bookkeeping, and the status of new SKUs, which are not sent",
        "nothing to do",
        "seller centre sheets";
    OtherSheet, "other-sheet", Warning,
        "another sheet of the workbook has headers of products too, and is not read",
        "name the sheets to read with --sheet NAME, once for each",
        "sheets in practice";
    HeaderRows, "header-rows", Note,
        "rows between the header and the data hold instructions or more headers, and are left out",
        "nothing to do; name the header with --header-row N if it is another",
        "sheets in practice";
    HiddenRows, "hidden-rows", Warning,
        "rows are hidden in the spreadsheet",
        "show the rows to look at them, or leave them out with --hidden skip",
        "sheets in practice";
    HiddenColumns, "hidden-columns", Note,
        "columns that are hidden in the spreadsheet are read like the others",
        "nothing to do; leave one out with --map \"Header=ignore\"",
        "sheets in practice";
    MergedCells, "merged-cells", Note,
        "the value of merged cells counts for each of their rows, where all SKUs of a product share it",
        "nothing to do",
        "sheets in practice";
    UnfilledMerge, "unfilled-merge", Warning,
        "the value of merged cells counts for the first of their rows only, because each SKU has its own",
        "take the cells apart and fill in each of them",
        "sheets in practice";
    PastedPictures, "pasted-pictures", Warning,
        "pictures are pasted into the sheet, and cannot be sent from there",
        "put the pictures on a public web server and write their addresses into an image column",
        "SetImages, Request";
    FormulaValues, "formula-values", Note,
        "cells are formulas; the values that the spreadsheet program computed last are used",
        "nothing to do; open and save the file in Excel if its values may be old",
        "sheets in practice";
    RowLimit, "row-limit", Warning,
        "an XLS sheet is full to its last row or column, so that what came behind may be lost",
        "export the sheet again as .xlsx or CSV, and compare the number of rows",
        "XLS holds 65,536 rows and 256 columns";
    GuessedEncoding, "guessed-encoding", Warning,
        "the encoding of a text file was guessed from its letters",
        "look whether the texts are right; say it with --encoding NAME",
        "sheets in practice";
    HeaderUnit, "header-unit", Note,
        "a column is converted from the unit that its header names",
        "nothing to do",
        "CreateProduct, SKU table";
    WrittenAs, "written-as", Note,
        "how the numbers or dates of a column are written, as its values or the settings tell",
        "nothing to do; say it with --locale, such as --locale th, if it is otherwise",
        "sheets in practice";
    MixedWriting, "mixed-writing", Warning,
        "the numbers or dates of a column are written in two ways; each value that has one reading only is read so",
        "write them all in one way",
        "sheets in practice";
    RaggedRow, "ragged-row", Error,
        "a row of a text file has more or fewer cells than its header",
        "look for a delimiter inside a value that is not quoted, or for a missing one",
        "RFC 4180, 2.4";
    CellError, "cell-error", Error,
        "a cell holds an error of the spreadsheet program",
        "mend the formula, or type the value",
        "sheets in practice";
    ControlCharacter, "control-character", Error,
        "a value holds a control character that XML cannot carry",
        "delete the character; it often comes with a copy from another program",
        "XML 1.0, 2.2";
    FormulaWithoutValue, "formula-without-value", Error,
        "a cell is a formula whose value was never computed",
        "open the file in Excel or LibreOffice, save it, and use the saved file",
        "sheets in practice";
    PictureInCell, "picture-in-cell", Error,
        "a cell holds a picture, which cannot be sent from there",
        "put the picture on a public web server and write its address into the cell",
        "SetImages, Request";
    GarbledText, "garbled-text", Error,
        "a text was damaged when it was converted between encodings",
        "take the text from the original file, or save that one as `CSV UTF-8` or .xlsx",
        "sheets in practice";
    Repaired, "repaired", Note,
        "a value was repaired",
        "nothing to do",
        "see the table of repairs";
    Repairable, "repairable", Error,
        "a value can be repaired",
        "write the value that is proposed, or let it be applied with --repair safe",
        "see the table of repairs";
    CleanedIdentifier, "cleaned-identifier", Note,
        "invisible or full-width characters in an identifier were left out or replaced",
        "nothing to do",
        "GetProducts matches whole words";
    PaddedIdentifier, "padded-identifier", Note,
        "an identifier has the leading zeros that its number format shows",
        "nothing to do",
        "sheets in practice";
    ScientificIdentifier, "scientific-identifier", Error,
        "a spreadsheet program has turned an identifier into a number such as 4.90123E+12",
        "take the identifier from where it came from, and format its column as text before it is entered",
        "sheets in practice";
    RoundedIdentifier, "rounded-identifier", Error,
        "an identifier has more digits than the 15 that a spreadsheet program keeps of a number",
        "take the identifier from where it came from, and format its column as text before it is entered",
        "sheets in practice";
    DateIdentifier, "date-identifier", Error,
        "a spreadsheet program has turned an identifier into a date",
        "type the identifier again in a cell that is formatted as text",
        "sheets in practice";
    SuspiciousIdentifier, "suspicious-identifier", Warning,
        "an identifier looks as if a spreadsheet program had changed it",
        "compare it with where it came from",
        "sheets in practice";
    MissingValue, "missing-value", Error,
        "a mandatory field is empty",
        "fill in the cell",
        "CreateProduct, Business parameters";
    TrimmedSku, "trimmed-sku", Note,
        "white space around a seller SKU was left out",
        "nothing to do",
        "GetProducts matches whole words";
    DuplicateSku, "duplicate-sku", Error,
        "a seller SKU stands in the sheet more than once",
        "give each row a seller SKU of its own",
        "CreateProduct, SKU table";
    DuplicateRow, "duplicate-row", Warning,
        "a row is equal to an earlier one in every cell and is skipped",
        "delete one of the two rows",
        "sheets in practice";
    SimilarSku, "similar-sku", Warning,
        "two seller SKUs differ only in upper and lower case",
        "make sure that they are two different things",
        "GetProducts matches whole words";
    InvalidCategory, "invalid-category", Error,
        "the category is neither a whole number above zero nor the name of a known one",
        "give the number of the category, such as 6614; names are understood once skuload category pull has asked for them",
        "CreateProduct, Business parameters; E201";
    UnknownCategory, "unknown-category", Error,
        "the marketplace has no category of this number",
        "give a category that it has: skuload category show lists them; a new one is known after skuload category pull",
        "GetCategoryTree; E201";
    AmbiguousCategory, "ambiguous-category", Error,
        "the name of a category belongs to several",
        "give the number or the whole path of the one that is meant",
        "GetCategoryTree";
    CategoryNotLeaf, "category-not-leaf", Error,
        "the category has others below it, and only the lowest ones hold products",
        "give one of the categories below it",
        "GetCategoryTree in practice";
    CategoryNotPulled, "category-not-pulled", Note,
        "what a category demands is not known here, so that its rows are checked less",
        "ask the marketplace with skuload category pull --shop NAME --category ID",
        "GetCategoryAttributes";
    MissingAttribute, "missing-attribute", Error,
        "an attribute that the category demands is empty or has no column",
        "fill in the cell, or add the column",
        "GetCategoryAttributes";
    UnknownOption, "unknown-option", Error,
        "the value is none of those that the category allows",
        "write one of the allowed values, letter by letter",
        "GetCategoryAttributes";
    AttributeNumber, "attribute-number", Error,
        "an attribute that the category wants as a number is none",
        "write digits with a decimal point, without a unit",
        "GetCategoryAttributes";
    AttributeDate, "attribute-date", Error,
        "an attribute that the category wants as a date is none",
        "write it as 2026-12-31, or use a date cell",
        "GetCategoryAttributes";
    AttributeLevel, "attribute-level", Warning,
        "an attribute is sent with the product where the category has it with each SKU, or the other way round",
        "say where it belongs: --map \"Header=attr.NAME\" (product) or --map \"Header=sku.NAME\" (SKU)",
        "GetCategoryAttributes";
    UnlistedAttribute, "unlisted-attribute", Warning,
        "an attribute is none of the category's",
        "clear the cell, or leave the column out with --map \"Header=ignore\"",
        "GetCategoryAttributes";
    UnknownBrand, "unknown-brand", Error,
        "the marketplace does not list the brand",
        "write a listed brand, letter by letter (skuload category show --brands TEXT lists them); one without a brand is \
         `No Brand`",
        "GetBrands";
    InvalidSpu, "invalid-spu", Error,
        "the SPU id is not a whole number above zero",
        "give the number of the SPU, or clear the cell",
        "CreateProduct, Business parameters; E202";
    InvalidProductId, "invalid-product-id", Warning,
        "the ProductId is no EAN, UPC or GTIN",
        "compare it with the number under the barcode, or clear the cell",
        "CreateProduct, SKU table";
    NameLength, "name-length", Error,
        "the name has fewer than 2 or more than 255 characters",
        "write a name of 2 to 255 characters",
        "CreateProduct, Attributes table";
    DescriptionLength, "description-length", Error,
        "the description has fewer than 6 or more than 25,000 characters",
        "write 6 to 25,000 characters, or leave the cell empty",
        "CreateProduct, Attributes table";
    SpecialCharacter, "special-character", Warning,
        "a short text holds one of the marks \" ^ ~ < > |, which marketplaces refuse",
        "write it without these marks",
        "Open Platform error 4129";
    InvalidPrice, "invalid-price", Error,
        "a price is not a number",
        "write digits with a decimal point, such as 1299.00, without currency or thousands marks",
        "CreateProduct, SKU table";
    AmbiguousNumber, "ambiguous-number", Error,
        "a number has two readings, and no other value of its column tells which is meant",
        "write it with a decimal point and without thousands marks, or say how numbers are written with --locale",
        "sheets in practice";
    ForeignCurrency, "foreign-currency", Error,
        "a price is in another currency than the shop's",
        "convert the price into the shop's currency",
        "CreateProduct, SKU table";
    PriceNotPositive, "price-not-positive", Error,
        "a price is zero or below",
        "write a price above zero",
        "CreateProduct, SKU table";
    PriceDecimals, "price-decimals", Error,
        "a price has more than two decimals",
        "round it to two decimals",
        "CreateProduct in practice";
    PriceMinorUnit, "price-minor-unit", Warning,
        "a price has decimals in a currency that is used without them",
        "make sure that the decimal point is not a thousands mark",
        "practice in Vietnam and Indonesia";
    InvalidQuantity, "invalid-quantity", Error,
        "the quantity is not a whole number of zero or more",
        "write a whole number, such as 10",
        "CreateProduct, SKU table";
    InvalidDate, "invalid-date", Error,
        "a value is no date",
        "write it as 2026-12-31 or 2026-12-31 18:15, or use a date cell",
        "CreateProduct, SKU table";
    AmbiguousDate, "ambiguous-date", Error,
        "a date has two readings, and no other value of its column tells which is meant",
        "write it year first, such as 2026-12-31, or say how dates are written with --locale",
        "sheets in practice";
    SaleWithoutWindow, "sale-without-window", Error,
        "a special price has neither a start nor an end date, which Seller Center asks for; the Open Platform does not",
        "fill in special_from_date, special_to_date or both, or clear the special price",
        "CreateProduct, SKU table";
    WindowWithoutSale, "window-without-sale", Error,
        "a start or end date stands without a special price",
        "fill in the special price, or clear the dates",
        "CreateProduct, SKU table";
    SaleStartMissing, "sale-start-missing", Warning,
        "a special price has an end date but no start date, which servers have been seen to demand",
        "fill in special_from_date too",
        "CreateProduct in practice";
    SaleNotBelowPrice, "sale-not-below-price", Error,
        "the special price is not below the price",
        "lower the special price, or clear it and its dates",
        "CreateProduct in practice";
    DeepDiscount, "deep-discount", Warning,
        "a special price is more than 80 % below the price",
        "make sure that it is meant",
        "sheets in practice";
    SaleWindowReversed, "sale-window-reversed", Error,
        "a special price does not start before it ends, both floored to 15 minutes",
        "move the start or the end",
        "CreateProduct, SKU table";
    SaleWindowFloored, "sale-window-floored", Note,
        "a time was floored to 15 minutes, as the marketplace does",
        "nothing to do",
        "CreateProduct, SKU table";
    PastSale, "past-sale", Warning,
        "a special price ended in the past",
        "move the end, or clear the special price and its dates",
        "sheets in practice";
    InvalidMeasure, "invalid-measure", Error,
        "a package weight or length is not a number",
        "write digits with a decimal point: kg for the weight, cm for the lengths, without the unit",
        "CreateProduct, SKU table";
    MeasureNotPositive, "measure-not-positive", Error,
        "a package weight or length is zero or below",
        "write a number above zero",
        "CreateProduct, SKU table";
    MeasureDecimals, "measure-decimals", Error,
        "a package weight or length has more than two decimals",
        "round it to two decimals",
        "CreateProduct in practice";
    HeavyPackage, "heavy-package", Warning,
        "a package weighs more than 40 kg",
        "weights are in kg: make sure that it is not in grams",
        "Open Platform error 4164";
    LargePackage, "large-package", Warning,
        "length, width and height of a package add up to more than 300 cm",
        "lengths are in cm: make sure that they are not in mm",
        "Open Platform error 4165";
    PlaceholderPackage, "placeholder-package", Warning,
        "weight, length, width and height of a package are all 1",
        "measure the package: freight is charged by it",
        "sheets in practice";
    TooManyImages, "too-many-images", Error,
        "a SKU has more than 8 images",
        "keep at most 8; the first one is the main image",
        "SetImages; CreateProduct, SKU table; E203";
    InvalidImageUrl, "invalid-image-url", Error,
        "an image is not a sound http or https address",
        "give the picture's own address on the web, beginning with https://; put a file on a computer there first, or beside the sheet",
        "CreateProduct, SKU table; MigrateImage E302";
    ImageHost, "image-host", Warning,
        "the marketplace downloads pictures only from named hosts on ports 80 and 443",
        "put the picture on a public web server",
        "MigrateImage in practice";
    SharePage, "share-page", Error,
        "an image is the page of a file-sharing service, not the picture",
        "give the picture's own address",
        "MigrateImage in practice";
    ImageType, "image-type", Warning,
        "the address of an image ends in a type that marketplaces refuse",
        "convert the picture to JPEG or PNG",
        "MigrateImage E303 in practice";
    MissingPicture, "missing-picture", Warning,
        "an image cell names a file that is not there or cannot be read",
        "put the file beside the sheet, or say where the pictures are with --pictures PATH (a folder or a zip)",
        "sheets in practice";
    UnsafePicturePath, "unsafe-picture-path", Warning,
        "an image cell names a file outside the folder of the pictures",
        "put the file beside the sheet, or below that folder, and write only its path from there, such as pics/a.jpg",
        "sheets in practice";
    AmbiguousPicture, "ambiguous-picture", Warning,
        "an image cell is the name of one file and a list of others",
        "rename the file whose name holds the mark between the others",
        "sheets in practice";
    PictureType, "picture-type", Warning,
        "a file is no JPEG or PNG, whatever its name says",
        "save the picture as JPEG or PNG",
        "UploadImage E303 in practice";
    PictureSize, "picture-size", Warning,
        "a picture has more than 3 MiB",
        "save it with fewer pixels or a lower quality",
        "image guide of the seller centre; E303";
    PicturePixels, "picture-pixels", Warning,
        "a side of a picture has fewer than 330 or more than 5000 pixels",
        "save the picture in another size: 330 to 5000 pixels a side",
        "image guide of the seller centre";
    LargePicture, "large-picture", Warning,
        "a picture has more than 1 MB, which some servers refuse",
        "nothing, if it is taken; otherwise save it with a lower quality",
        "UploadImage, Request; image guide of the seller centre";
    DeadPicture, "dead-picture", Warning,
        "a picture on the web cannot be had, or is none that marketplaces take",
        "open its address in a browser; put a sound picture there, or give another address",
        "MigrateImage E301, E302 and E303 in practice";
    UnclearPicture, "unclear-picture", Warning,
        "a picture on the web could not be looked at, because its server does not answer; it is sent all the same",
        "nothing, where the marketplace can fetch it; otherwise see that its server answers, and import the sheet again",
        "servers of pictures in practice";
    ImageExpires, "image-expires", Warning,
        "the address of an image holds only for a time",
        "give an address that stays",
        "sheets in practice";
    DuplicateImage, "duplicate-image", Warning,
        "a SKU has the same image twice, which is sent once",
        "delete one of the two",
        "Open Platform error 4158";
    ProductConflict, "product-conflict", Error,
        "rows of one product disagree on a field that the whole product shares",
        "make the cells equal, or leave all but one empty",
        "CreateProduct, Attributes table";
    VariantsAlike, "variants-alike", Error,
        "two SKUs of one product have the same variant attributes",
        "give each SKU of the product its own color_family, size or other variant attribute",
        "CreateProduct, Product data structure";
    NoSkuAttribute, "no-sku-attribute", Warning,
        "a product has no SKU attribute, which the marketplace asks for",
        "add a column such as color_family or size",
        "CreateProduct, Parameters";
    ManySkus, "many-skus", Warning,
        "a product has more than 50 SKUs, which servers have been seen to time out on",
        "split the product",
        "CreateProduct in practice";
    AssociatedSkuUnknown, "associated-sku-unknown", Error,
        "the AssociatedSku is neither in the shop nor in the sheet",
        "give a seller SKU of the product that these SKUs belong to",
        "CreateProduct, Business parameters";
    AssociatedSkuCircle, "associated-sku-circle", Error,
        "the AssociatedSku leads back to its own product",
        "leave the AssociatedSku of one of the rows empty",
        "CreateProduct, Business parameters";
    ProductSplitInShop, "product-split-in-shop", Error,
        "the SKUs of one product belong to different products in the shop",
        "group the rows as the shop has them",
        "GetProducts, Response";
    NotInShop, "not-in-shop", Error,
        "an update names a seller SKU that the shop does not have",
        "mend the seller SKU; --mode upsert creates it where the sheet has all that a new SKU needs",
        "UpdateProduct, Request body";
    NotUpdatable, "not-updatable", Error,
        "the sheet differs from the shop in a field that UpdateProduct cannot change",
        "clear the cell, or give it the value that the shop has",
        "UpdateProduct, Definition";
    NotClearable, "not-clearable", Error,
        "a field that cannot be empty is to be cleared",
        "give it a value, or leave the cell empty to keep what the shop has",
        "UpdateProduct in practice";
    NeededToCreate, "needed-to-create", Warning,
        "a field is empty or has no column that new SKUs need",
        "fill it in, unless the shop has the SKU",
        "CreateProduct, Business parameters";
    InvalidStatus, "invalid-status", Error,
        "a status is neither active nor inactive",
        "write active or inactive, or leave the cell empty to keep what the shop has",
        "UpdateProduct, SKU table";
    SaleTimesDiffer, "sale-times-differ", Error,
        "the date and the time of a special price name different days",
        "give both the same day, or leave one of them empty",
        "GetProducts, SKU table";
    PriceCut, "price-cut", Warning,
        "a price falls by more than 80 %, which sends the product back to quality control",
        "make sure that it is meant",
        "UpdatePriceQuantity in practice";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_speaks_without_a_full_stop() {
        let mut names: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            assert!(!rule.summary().ends_with('.') && !rule.help().ends_with('.'), "{rule}");
            assert!(!rule.source().is_empty() && !rule.help().is_empty(), "{rule}");
        }
    }
}
