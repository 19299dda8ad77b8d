//! What the sample shop sells: one line a product, its variants in the last columns.
//!
//! Brands are invented. No text holds one of the marks `" ^ ~ < > |`, which marketplaces refuse in
//! short texts; the rich descriptions around these texts are written in `catalogue`.

/// One product of the sample shop.
pub(crate) struct Product {
    /// The key that its rows share.
    pub(crate) key: &'static str,
    /// The number of its category.
    pub(crate) category: &'static str,
    /// The language of its texts: `en`, `th`, `vi` or `zh`.
    pub(crate) language: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// Its brand.
    pub(crate) brand: &'static str,
    /// Its model; may be empty.
    pub(crate) model: &'static str,
    /// Its highlights.
    pub(crate) highlights: Vec<&'static str>,
    /// What is in the box.
    pub(crate) content: &'static str,
    /// Its price in cents.
    pub(crate) cents: u32,
    /// Its package: kg, then length, width and height in cm.
    pub(crate) package: Vec<&'static str>,
    /// Colours, sizes and storage capacities; each may be empty.
    pub(crate) colours: Vec<&'static str>,
    /// See `colours`.
    pub(crate) sizes: Vec<&'static str>,
    /// See `colours`.
    pub(crate) storages: Vec<&'static str>,
}

/// Every product, in the order of the sheet.
pub(crate) fn products() -> Vec<Product> {
    PRODUCTS.lines().filter(|line| !line.is_empty()).map(product).collect()
}

fn product(line: &'static str) -> Product {
    let parts: Vec<&str> = line.split('|').map(str::trim).collect();
    let list = |text: &'static str| text.split(';').map(str::trim).filter(|item| !item.is_empty()).collect();
    Product {
        key: parts[0],
        category: parts[1],
        language: parts[2],
        name: parts[3],
        brand: parts[4],
        model: parts[5],
        highlights: list(parts[6]),
        content: parts[7],
        cents: parts[8].parse().expect("a price in cents"),
        package: list(parts[9]),
        colours: list(parts[10]),
        sizes: list(parts[11]),
        storages: list(parts[12]),
    }
}

// key | category | language | name | brand | model | highlights | content | cents | package | colours | sizes | storages
const PRODUCTS: &str = "
RUN|6613|en|Feather Light Running Shoes for Men & Women|Strida|SR-204|Breathable knit upper; 6 mm drop with a soft heel; Sole grips on wet ground|1 pair of shoes, 1 spare pair of laces|18990|0.85;33;21;12|Black|EU:38;EU:39;EU:40;EU:41;EU:42;EU:43|
BAG|6620|en|Canvas Tote Bag with Inner Pocket|Oakline||Holds 15 kg; Zip pocket for phone and keys; Machine washable at 30 degrees|1 x tote bag|3900|0.35;36;30;3|Natural;Black;Olive;Red;Navy||
TEE|6614|en|Everyday Cotton T-Shirt|Remark|RT-1|180 gsm combed cotton; Does not shrink in the wash; Fits true to size|1 x T-shirt|9900|0.25;30;24;3|Red;White;Black|Int:S;Int:M;Int:L;Int:XL|
POLO|6601|en|Piqué Polo Shirt, Regular Fit|Remark|RP-3|Breathable piqué weave; Two-button placket; Collar keeps its shape|1 x polo shirt|12950|0.3;30;24;4|Navy;Green|Int:S;Int:M;Int:L;Int:XL|
BATIK|6602|en|Men's Batik Shirt, Hand-Stamped|Kain Nusa||Hand-stamped pattern, no two alike; Soft rayon; Long sleeves|1 x shirt|15900|0.3;32;25;4|Brown;Blue|Int:M;Int:L;Int:XL|
MAXI|6603|th|ชุดเดรสยาวผ้าฝ้าย แขนสั้น ใส่สบาย|บ้านฝ้าย||ผ้าฝ้ายเนื้อนุ่ม ระบายอากาศดี; ซักเครื่องได้ สีไม่ตก; มีกระเป๋าสองข้าง|ชุดเดรส 1 ตัว|8900|0.4;33;26;5|Pink;White|Int:S;Int:M;Int:L|
JEANS|6604|en|Straight Jeans with 2% Stretch|Denham Hill|DH-501|12 oz denim with 2% elastane; Five pockets; Zip fly|1 pair of jeans|17900|0.75;36;28;6|Blue|Int:28;Int:30;Int:32;Int:34;Int:36|
KIDTEE|6605|vi|Áo thun trẻ em cotton họa tiết khủng long|Bé Nắng||100% cotton mềm mại; Màu in an toàn cho da; Co giãn bốn chiều|1 áo thun|2990|0.18;25;20;3|Yellow;Green|Kids:4;Kids:6;Kids:8|
SANDAL|6615|vi|Dép sandal nữ đế êm quai chéo|Mây Việt|MV-12|Đế êm chống trơn; Quai da tổng hợp dễ lau; Nhẹ chỉ 210 g mỗi chiếc|1 đôi dép|6900|0.6;30;20;11|Beige;Black|EU:36;EU:37;EU:38;EU:39|
CAP|6621|th|หมวกแก๊ปปักลาย ปรับขนาดได้|Sabai Day||ผ้าคอตตอนทวิล; ปรับขนาดด้านหลังได้; กันแดดได้ดี|หมวก 1 ใบ|2590|0.15;26;20;12|Black;White;Khaki||
PHONE|3|en|Nova X5 Smartphone, Dual SIM, 5000 mAh|Kestrel|Nova X5|6.5 inch display at 120 Hz; 50 MP main camera; Charges to half in 25 minutes|1 x phone, 1 x USB-C cable, 1 x SIM pin, 1 x quick guide|89900|0.42;17.5;9;5|Black;Silver;Blue||64GB;128GB
TABLET|4|zh|学习平板电脑 10.1英寸 护眼屏|云雀|YQ-T10|护眼防蓝光屏幕; 双扬声器立体声; 续航长达10小时|平板电脑1台、充电器1个、数据线1条、说明书1本|79900|0.78;27;19;5|Grey;Pink||64GB;128GB
USB|21|en|Metal USB Flash Drive, USB 3.2|Bitnest|BN-U3|Up to 150 MB/s; Water resistant metal body; Loop for a key ring|1 x USB flash drive|2490|0.05;12;9;2|Silver||32GB;64GB;128GB;256GB
SDCARD|21|zh|高速microSD存储卡 4K视频|Bitnest|BN-SD|读取速度高达170MB/s; 支持4K视频拍摄; 防水防震防X光|存储卡1张、SD卡套1个|3290|0.03;11;8;1|Black||64GB;128GB;256GB
EARBUD|33|th|หูฟังไร้สายบลูทูธ 5.3 ตัดเสียงรบกวน|เสียงใส|SS-Air|แบตเตอรี่ใช้ได้ 30 ชั่วโมง; กันน้ำระดับ IPX5; ชาร์จเร็วด้วย USB-C|หูฟัง 1 คู่, กล่องชาร์จ 1 กล่อง, จุกหูฟัง 3 ขนาด|13900|0.18;11;9;5|White;Black;Blue||
SPEAKER|34|en|Pocket Bluetooth Speaker|Loudling|LL-Mini|12 hours of music; IPX7: survives the pool; Pair two for stereo|1 x speaker, 1 x USB-C cable|11900|0.36;12;11;11|Black;Red;Teal;Sand||
WATCH|35|zh|智能手表 心率血氧监测 50米防水|云雀|YQ-W2|1.43英寸AMOLED屏; 全天候心率与血氧监测; 14天超长续航|手表1只、充电底座1个|45900|0.22;11;11;8|Black;Silver;Rose Gold||
CHARGER|22|en|65 W GaN Wall Charger, 3 Ports|Voltly|V65|Charges a laptop and two phones; Folding pins; Stays cool|1 x charger|9990|0.2;10;7;5|White;Black||
CABLE|22|vi|Cáp sạc nhanh USB-C bọc dù 100 W|Điện Nhanh|DN-C100|Sạc nhanh 100 W; Dây bọc dù bền chắc; Truyền dữ liệu 480 Mb/s|1 dây cáp|2490|0.08;15;10;2|Black|1 m;2 m;3 m|
CASE|23|en|Clear Phone Case for Nova X5|Kestrel|NX5-C|Raised edge around the camera; Does not turn yellow; Works with wireless charging|1 x phone case|2990|0.07;18;10;2|Clear;Smoke;Blue;Green||
BOTTLE|411|en|Insulated Steel Bottle, 24 Hours Cold|Polar Pine|PP-750|Keeps cold for 24 and hot for 12 hours; Powder coated; Fits a car cup holder|1 x bottle|6900|0.48;28;9;9|Forest;Coral;Black||
PAN|412|vi|Chảo chống dính đá hoa cương đáy từ|Bếp Xinh|BX-P|Chống dính 5 lớp; Dùng được bếp từ; Tay cầm cách nhiệt|1 chảo|9900|1.3;48;30;8|Grey|24 cm;28 cm|
KNIFE|412|zh|家用不锈钢菜刀 锋利耐用|灶王|ZW-8|高碳不锈钢; 手柄防滑; 开刃精细|菜刀1把、刀套1个|8800|0.42;35;12;4|Silver||
RICE|413|th|หม้อหุงข้าวไฟฟ้า ระบบอุ่นอัตโนมัติ|ครัวไทย|KT-18|หม้อในเคลือบกันติด; อุ่นอัตโนมัติ 12 ชั่วโมง; มีซึ้งนึ่ง|หม้อหุงข้าว 1 เครื่อง, ถ้วยตวง 1 ใบ, ทัพพี 1 อัน|18900|2.9;32;30;28|White;Pink|1.8 L|
KETTLE|413|en|Gooseneck Kettle with Thermometer|Brewbird|BB-K1|Pours slowly and exactly; Shows the temperature; Auto shut-off|1 x kettle, 1 x base|16900|1.35;32;22;24|Matte Black;White||
TOWEL|414|en|Bath Towel, 500 gsm Cotton|Soft Harbour||Dries you in one go; Gets softer with each wash; Loop to hang it|1 x towel|4500|0.55;35;28;8|White;Grey;Sand||
PILLOW|414|zh|记忆棉护颈枕 慢回弹|眠眠|MM-03|慢回弹记忆棉; 枕套可拆洗; 贴合颈部曲线|枕头1个|9900|1.1;60;38;14|White;Blue||
SHEET|414|th|ชุดผ้าปูที่นอนผ้าคอตตอน 5 ชิ้น|หลับฝัน||ผ้าคอตตอนผสม นุ่มสบาย; ยางยืดรอบด้าน; สีไม่ตก|ผ้าปู 1 ผืน, ปลอกหมอน 2 ใบ, ปลอกหมอนข้าง 2 ใบ|11900|1.6;38;30;10|Cream;Mint|5 ft|
LAMP|415|en|Desk Lamp with Dimmer and USB Port|Lumo|L-30|Five levels, three tones; Flicker-free; Charges your phone|1 x lamp, 1 x adapter|10900|1.05;40;20;15|White;Black||
FAN|416|vi|Quạt mini để bàn sạc USB 3 tốc độ|Gió Mát|GM-5|Ba mức gió; Pin dùng 8 giờ; Xoay 90 độ|1 quạt, 1 dây sạc|4900|0.5;20;15;11|White;Mint||
VACUUM|416|en|Cordless Vacuum Cleaner, 25 kPa|Dustless|DL-25|45 minutes a charge; Washable filter; Hangs on the wall|1 x vacuum cleaner, 2 x brush, 1 x wall mount|59900|4.2;70;28;18|Grey||
SERUM|1438|th|เซรั่มวิตามินซี บำรุงผิวหน้า|ผิวใส|PS-C|วิตามินซี 15%; ไม่มีน้ำหอม; เหมาะกับผิวแพ้ง่าย|เซรั่ม 1 ขวด|5900|0.12;12;4;4||15 ml;30 ml|
SUN|1438|vi|Kem chống nắng SPF50+ không nhờn rít|Da Xinh|DX-50|SPF50+ PA++++; Không để lại vệt trắng; Chịu nước 80 phút|1 tuýp kem|4900|0.1;16;5;4||50 ml;100 ml|
MASK|1439|zh|玻尿酸补水面膜|水语||三重玻尿酸; 蚕丝膜布贴合; 无酒精配方|面膜1盒|5900|0.25;18;14;4||5 pcs|
SHAMPOO|1440|en|Argan Shampoo for Dry Hair|Riad & Rose|RR-S|Cold-pressed argan oil; Free of sulphates; Smells of orange blossom|1 x shampoo|3490|0.42;21;7;5||250 ml;400 ml|
BRUSH|1441|vi|Bàn chải điện sóng âm 5 chế độ|Nụ Cười|NC-5|38.000 lần rung mỗi phút; Chống nước IPX7; Pin 60 ngày|1 bàn chải, 4 đầu thay thế, 1 dây sạc|11900|0.35;23;10;6|White;Black||
COFFEE|3752|en|Robusta & Arabica Coffee Beans|Kopi Lorong||Roasted each week; Notes of cocoa and palm sugar; Resealable bag|1 x bag of beans|3800|0.27;24;13;8||250 g;500 g;1 kg|
TEA|3752|zh|正山小种红茶 罐装|茶里行间||武夷山原产地; 桂圆香气; 密封铁罐|红茶1罐|6800|0.28;16;10;10||100 g;200 g|
HONEY|3753|th|น้ำผึ้งดอกลำไยแท้ 100%|ผึ้งหลวง||น้ำผึ้งแท้จากเชียงใหม่; ไม่เติมน้ำตาล; ขวดแก้ว|น้ำผึ้ง 1 ขวด|4200|0.7;16;8;8||350 g;700 g|
SAUCE|3753|vi|Nước mắm cá cơm nhĩ 40 độ đạm|Sóng Biển||Ủ 12 tháng trong thùng gỗ; 40 độ đạm; Không chất bảo quản|1 chai nước mắm|1950|1.1;30;8;8||500 ml;750 ml|
NUTS|3754|en|Roasted Cashews, Lightly Salted|Nutwell||Whole cashews; Roasted without oil; Resealable bag|1 x bag|2990|0.3;22;15;5||200 g|
BLOCKS|10168|en|Wooden Building Blocks, 100 Pieces|Little Timber|LT-100|Smooth beech wood; Water-based paint; From 18 months|100 x block, 1 x cotton bag|8990|1.9;34;26;12|Rainbow;Natural||
PUZZLE|10168|zh|儿童木质拼图 认知地图|童趣屋|TQ-48|大块厚实不易丢失; 环保水性漆; 适合3岁以上|拼图1套|4900|0.6;31;23;3|Blue;Green||
PLUSH|10169|th|ตุ๊กตาช้างผ้ากำมะหยี่ นุ่มฟู|ช้างน้อย||ผ้ากำมะหยี่นุ่ม; ยัดใยสังเคราะห์อย่างดี; ซักได้|ตุ๊กตา 1 ตัว|4900|0.4;30;25;20|Grey;Pink||
DIAPER|9981|en|Ultra Thin Baby Diapers, Taped|Snugglet|SN-U|Dry for 12 hours; Wetness line; Soft waistband|1 x pack of diapers|4290|1.8;38;22;14||Int:S;Int:M;Int:L|
STROLLER|9981|vi|Xe đẩy em bé gấp gọn du lịch|Mẹ Yêu|MY-L6|Gấp gọn bằng một tay; Nặng 6,5 kg; Ngả 170 độ|1 xe đẩy, 1 túi đựng|59900|7.9;60;48;26|Grey;Black||
BIKELAMP|1970|en|Bicycle Light Set, Front & Rear|Spoke|SP-L2|600 lumens in front; Charges by USB-C; No tools needed|2 x light, 2 x strap|7900|0.25;14;10;6|Black||
YOGA|1970|zh|加厚瑜伽垫 防滑|悠然|YR-10|高密度TPE材质; 双面防滑; 附送绑带|瑜伽垫1张、绑带1条|8900|1.2;64;14;14|Purple;Teal|8 mm|
DUMBBELL|1971|en|Adjustable Dumbbell|Ironwell|IW-A|Changes weight in a second; Flat, so it does not roll; Replaces five pairs|1 x dumbbell, 1 x tray|45900|12.5;42;22;22|Black|10 kg;20 kg|
RACKET|1972|th|ไม้แบดมินตันคาร์บอน น้ำหนักเบา|ตบแรง|TR-77|คาร์บอนทั้งไม้; น้ำหนัก 77 กรัม; ขึ้นเอ็นพร้อมใช้|ไม้แบดมินตัน 1 อัน, ซองใส่ไม้ 1 ใบ|19900|0.5;70;24;4|Red;Blue||
TENT|1973|en|Two-Person Tent, 3000 mm Waterproof|Camp Kite|CK-2|Stands in four minutes; Weighs 2.1 kg; Two doors|1 x tent, 12 x peg, 1 x repair kit|28900|2.6;48;17;17|Green;Orange||
HELMET|3214|vi|Mũ bảo hiểm nửa đầu kính chống UV|An Lộ|AL-22|Đạt chuẩn QCVN 2; Kính chống tia UV; Lót tháo giặt được|1 mũ bảo hiểm|8900|0.9;30;25;22|Black;White;Red|Int:L|
OIL|3215|en|Synthetic Engine Oil 5W-30|Motorvane|MV-530|Fully synthetic; For petrol and diesel; Saves fuel|1 x can of oil|12900|3.7;28;20;12||1 L;4 L|
DASHCAM|3216|zh|行车记录仪 前后双录 夜视|路眼|LY-D2|前后双镜头2K; 夜视清晰; 停车监控|记录仪1台、后镜头1个、车充1个|38900|0.65;18;14;10|Black||64GB;128GB
RING|8627|en|Sterling Silver Ring, Polished|Argent Lane|AL-R1|925 silver; Free of nickel; Comes in a gift box|1 x ring, 1 x gift box|8900|0.06;8;8;5|Silver|Int:6;Int:7|
SHADES|8628|th|แว่นกันแดดโพลาไรซ์ กรอบเบา|ตาใส|TS-9|เลนส์โพลาไรซ์; ป้องกัน UV400; กรอบเบาเพียง 22 กรัม|แว่นตา 1 อัน, ผ้าเช็ด 1 ผืน, กล่อง 1 ใบ|6900|0.15;17;7;6|Black;Brown||
WALLET|8629|vi|Ví da bò thật cầm tay nhiều ngăn|Da Thật||Da bò thật 100%; 8 ngăn thẻ; Đường may tỉ mỉ|1 ví da, 1 hộp quà|7900|0.2;14;11;4|Brown;Black||
NOTEBK|5510|en|Dotted Notebook A5, 160 Pages|Paperwren|PW-A5|100 gsm paper, ink does not bleed; Lies flat; Two ribbons|1 x notebook|3490|0.32;22;16;3|Black;Sage||
PEN|5511|zh|按动中性笔 0.5mm|墨香|MX-05|书写顺滑不断墨; 速干不脏手; 软胶握柄|中性笔1盒|1990|0.15;16;8;3|Black||
PLANT|5600|en|Self-Watering Plant Pot|Green Corner|GC-P|Waters for two weeks; Shows the water level; For herbs and flowers|1 x pot|2990|0.45;17;17;16|White;Terracotta||
";
