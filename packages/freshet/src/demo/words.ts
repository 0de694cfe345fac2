/**
 * The words that the demo shop's catalogue is made of: a made-up home and living shop, in English and Chinese.
 * Data only. `pairs` names the categories whose things people look at next; `again` says how often a thing is used up.
 */

/** The same in English and in Chinese. */
export type Words = readonly [english: string, chinese: string];

export interface ProductWords {
  readonly noun: Words;
  /** What the thing is like; every one goes with this noun. */
  readonly styles: readonly Words[];
  /** Typical price. */
  readonly price: number;
}

export interface CategoryWords {
  readonly name: string;
  readonly chinese: string;
  readonly products: readonly ProductWords[];
  readonly pairs: readonly string[];
  /** Share of visits that come to buy the same thing again. */
  readonly again: number;
}

function product(noun: string, price: number, styles: string): ProductWords {
  return { noun: words(noun), price, styles: styles.split(', ').map(words) };
}

/** `Two-Tone=双色` → both. */
function words(pair: string): Words {
  const [english = '', chinese = ''] = pair.split('=');
  return [english, chinese];
}

export const CATEGORIES: readonly CategoryWords[] = [
  { name: 'Mugs', chinese: '杯具', pairs: ['Tea', 'Coffee'], again: 0, products: [
    product('Mug=马克杯', 14, 'Stoneware=炻器, Speckled=斑点, Glazed=釉面, Hand-Thrown=手拉坯, Enamel=搪瓷, Wide-Rim=宽口'),
    product('Tea Cup=茶杯', 11, 'Porcelain=白瓷, Celadon=青瓷, Fluted=瓜棱, Glazed=釉面, Handleless=无柄'),
    product('Espresso Set=浓缩咖啡杯组', 32, 'Porcelain=骨瓷, Stoneware=炻器, Two-Tone=双色, Matte=哑光, Ribbed=竖纹'),
    product('Travel Mug=随行杯', 26, 'Insulated=保温, Ceramic-Lined=陶瓷内胆, Leakproof=防漏, Bamboo-Lid=竹盖, Slim=轻便'),
  ] },
  { name: 'Tea', chinese: '茶叶', pairs: ['Mugs', 'Biscuits'], again: 0.5, products: [
    product('Green Tea=绿茶', 9, 'Jasmine=茉莉, Spring=明前, Mountain=高山, Organic=有机, Mint=薄荷'),
    product('Black Tea=红茶', 8, 'Smoked=烟熏, Breakfast=早餐, Vanilla=香草, Single-Estate=单一庄园, Spiced=香料'),
    product('Herbal Tea=花草茶', 7, 'Chamomile=洋甘菊, Rooibos=路易波士, Lemon-Ginger=柠檬姜, Peppermint=薄荷, Hibiscus=洛神花'),
    product('Oolong=乌龙茶', 14, 'Milk=奶香, Roasted=炭焙, High-Mountain=高山, Osmanthus=桂花, Aged=陈年'),
  ] },
  { name: 'Coffee', chinese: '咖啡', pairs: ['Mugs', 'Biscuits'], again: 0.55, products: [
    product('Espresso Beans=意式咖啡豆', 12, 'Dark-Roast=深烘, House=经典拼配, Velvet=丝绒, Fair-Trade=公平贸易, Organic=有机'),
    product('Filter Coffee=手冲咖啡', 13, 'Light-Roast=浅烘, Washed=水洗, Single-Origin=单一产地, Natural=日晒, Honey-Processed=蜜处理'),
    product('Cold Brew=冷萃咖啡', 10, 'Classic=经典, Orange=橙香, Nitro=氮气, Cocoa=可可, Vanilla=香草'),
    product('Decaf Beans=低因咖啡豆', 13, 'Swiss-Water=水处理, Medium-Roast=中烘, Dark-Roast=深烘, Hazelnut=榛果'),
  ] },
  { name: 'Biscuits', chinese: '饼干', pairs: ['Tea', 'Coffee'], again: 0.45, products: [
    product('Shortbread=酥饼', 5, 'All-Butter=纯黄油, Lemon=柠檬, Sea-Salt=海盐, Lavender=薰衣草, Almond=杏仁'),
    product('Oat Biscuits=燕麦饼干', 4, 'Honey=蜂蜜, Dark-Chocolate=黑巧, Raisin=葡萄干, Coconut=椰香, Maple=枫糖'),
    product('Ginger Snaps=姜饼', 4.5, 'Crunchy=香脆, Molasses=糖蜜, Orange=橙香, Spelt=斯佩尔特, Spiced=香料'),
    product('Wafers=威化', 4, 'Hazelnut=榛子, Vanilla=香草, Cocoa=可可, Pistachio=开心果, Lemon=柠檬'),
  ] },
  { name: 'Candles', chinese: '香薰', pairs: ['Bath', 'Blankets'], again: 0.3, products: [
    product('Pillar Candle=柱形蜡烛', 14, 'Beeswax=蜂蜡, Rustic=粗纹, Soy=大豆, Ribbed=罗纹, Tall=高款'),
    product('Tealights=茶蜡', 8, 'Beeswax=蜂蜡, Unscented=无香, Soy=大豆, Long-Burning=长燃, Coloured=彩色'),
    product('Scented Candle=香薰蜡烛', 22, 'Cedar=雪松, Lavender=薰衣草, Amber=琥珀, Fig=无花果, Sea-Breeze=海风'),
    product('Candle Holder=烛台', 18, 'Brass=黄铜, Glass=玻璃, Stoneware=炻器, Oak=橡木, Iron=铁艺'),
  ] },
  { name: 'Blankets', chinese: '家纺', pairs: ['Lamps', 'Candles'], again: 0, products: [
    product('Throw=盖毯', 42, 'Wool=羊毛, Linen=亚麻, Fringed=流苏, Waffle=华夫格, Mohair=马海毛'),
    product('Blanket=毛毯', 64, 'Merino=美利奴, Checked=格纹, Quilted=绗缝, Knitted=针织, Weighted=重力'),
    product('Cushion=抱枕', 29, 'Velvet=丝绒, Bouclé=圈圈绒, Embroidered=刺绣, Striped=条纹, Down=羽绒'),
    product('Cushion Cover=靠垫套', 19, 'Cotton=纯棉, Linen=亚麻, Corduroy=灯芯绒, Block-Print=木版印花, Checked=格纹'),
  ] },
  { name: 'Lamps', chinese: '灯具', pairs: ['Blankets', 'Stationery'], again: 0, products: [
    product('Table Lamp=台灯', 79, 'Ceramic=陶瓷, Rattan=藤编, Glass=玻璃, Pleated=百褶, Brass=黄铜'),
    product('Floor Lamp=落地灯', 149, 'Oak=橡木, Tripod=三脚, Paper=纸艺, Dimmable=可调光, Slim=极简'),
    product('Pendant Light=吊灯', 98, 'Brass=黄铜, Opal-Glass=乳白玻璃, Woven=编织, Dome=穹顶, Concrete=水泥'),
    product('Reading Light=阅读灯', 45, 'Folding=折叠, Rechargeable=充电, Swing-Arm=摇臂, Warm-White=暖光, Steel=不锈钢'),
  ] },
  { name: 'Cookware', chinese: '锅具', pairs: ['Knives', 'Spices'], again: 0, products: [
    product('Frying Pan=煎锅', 48, 'Cast-Iron=铸铁, Carbon-Steel=碳钢, Non-Stick=不粘, Copper=紫铜, Deep=深型'),
    product('Casserole=炖锅', 92, 'Enamelled=珐琅, Cast-Iron=铸铁, Stoneware=陶瓷, Shallow=浅型, Family=家庭装'),
    product('Saucepan=奶锅', 44, 'Steel=不锈钢, Copper=紫铜, Tri-Ply=三层钢, Enamelled=珐琅, Small=小号'),
    product('Roasting Tin=烤盘', 36, 'Steel=不锈钢, Enamelled=珐琅, Non-Stick=不粘, Large=大号, Deep=深型'),
  ] },
  { name: 'Knives', chinese: '刀具', pairs: ['Cookware', 'Spices'], again: 0, products: [
    product('Chef’s Knife=主厨刀', 82, 'Damascus=大马士革, Carbon-Steel=碳钢, Forged=锻造, Walnut-Handle=胡桃木柄, Hammered=锤纹'),
    product('Paring Knife=水果刀', 28, 'Forged=锻造, Olive-Handle=橄榄木柄, Carbon-Steel=碳钢, Ceramic=陶瓷, Pocket=便携'),
    product('Bread Knife=面包刀', 46, 'Serrated=锯齿, Beech-Handle=榉木柄, Long=长刃, Forged=锻造'),
    product('Chopping Board=砧板', 38, 'Olive-Wood=橄榄木, Walnut=胡桃木, End-Grain=立纹, Bamboo=竹, Acacia=相思木'),
  ] },
  { name: 'Spices', chinese: '香料', pairs: ['Cookware', 'Knives'], again: 0.4, products: [
    product('Curry Blend=咖喱粉', 6, 'Mild=微辣, Hot=特辣, Madras=马德拉斯, Toasted=焙香, Garden=田园'),
    product('Peppercorns=胡椒粒', 7, 'Black=黑, White=白, Pink=粉红, Smoked=烟熏, Four-Colour=四色'),
    product('Sea Salt=海盐', 5, 'Flaked=片状, Coarse=粗粒, Smoked=烟熏, Lemon=柠檬, Fine=细粒'),
    product('Paprika=甜椒粉', 5, 'Sweet=甘甜, Smoked=烟熏, Hot=辛辣, Roasted=烘烤'),
  ] },
  { name: 'Plants', chinese: '绿植', pairs: ['Garden', 'Lamps'], again: 0.05, products: [
    product('Fern=蕨', 17, 'Boston=波士顿, Maidenhair=铁线, Bird’s-Nest=鸟巢, Blue-Star=蓝星, Button=纽扣'),
    product('Monstera=龟背竹', 34, 'Large=大株, Small=小株, Variegated=锦化, Climbing=攀援'),
    product('Succulent=多肉', 9, 'Rosette=莲座, Potted=盆栽, Mixed=组合, Striped=条纹, Frosted=霜粉'),
    product('Orchid=蝴蝶兰', 29, 'White=白花, Pink=粉花, Mini=迷你, Speckled=斑点, Scented=芳香'),
  ] },
  { name: 'Garden', chinese: '园艺', pairs: ['Plants', 'Toys'], again: 0.1, products: [
    product('Watering Can=浇水壶', 27, 'Zinc=镀锌, Copper=铜制, Long-Spout=长嘴, Enamel=搪瓷, Small=小号'),
    product('Planter=花盆', 24, 'Terracotta=陶土, Self-Watering=自吸水, Ribbed=竖纹, Glazed=釉面, Footed=高脚'),
    product('Trowel=园艺铲', 16, 'Ash-Handle=白蜡木柄, Copper=铜制, Steel=不锈钢, Narrow=窄头'),
    product('Seed Box=种子盒', 18, 'Herb=香草, Wildflower=野花, Salad=沙拉, Cottage=乡村, Bee-Friendly=蜜源'),
  ] },
  { name: 'Bath', chinese: '沐浴', pairs: ['Candles', 'Blankets'], again: 0.25, products: [
    product('Bath Towel=浴巾', 26, 'Waffle=华夫格, Organic=有机棉, Striped=条纹, Bamboo=竹纤维, Turkish=土耳其'),
    product('Hand Soap=洗手液', 11, 'Eucalyptus=尤加利, Oat=燕麦, Rosemary=迷迭香, Bergamot=佛手柑, Sea-Kelp=海藻'),
    product('Bath Salts=浴盐', 14, 'Lavender=薰衣草, Pine=松木, Seaweed=海藻, Rose=玫瑰, Unscented=无香'),
    product('Bath Mat=浴室地垫', 24, 'Tufted=簇绒, Striped=条纹, Looped=毛圈, Quick-Dry=速干, Cotton=纯棉'),
  ] },
  { name: 'Stationery', chinese: '文具', pairs: ['Lamps', 'Toys'], again: 0.15, products: [
    product('Notebook=笔记本', 13, 'Dotted=点阵, Ruled=横线, Recycled=再生纸, Linen-Bound=布面, Pocket=口袋'),
    product('Fountain Pen=钢笔', 39, 'Brass=黄铜, Matte=哑光, Resin=树脂, Pocket=口袋, Broad-Nib=宽尖'),
    product('Desk Pad=桌垫', 31, 'Leather=皮革, Felt=毛毡, Cork=软木, Wool=羊毛'),
    product('Card Set=贺卡套装', 10, 'Letterpress=凸版, Botanical=植物, Hand-Drawn=手绘, Thank-You=感谢, Recycled=再生纸'),
  ] },
  { name: 'Toys', chinese: '玩具', pairs: ['Stationery', 'Garden'], again: 0, products: [
    product('Puzzle=拼图', 19, 'Wooden=木质, Woodland=森林, 500-Piece=500片, Family=家庭, Starry=星空'),
    product('Building Blocks=积木', 34, 'Wooden=木质, Rainbow=彩虹, Cork=软木, Castle=城堡, Chunky=大块'),
    product('Soft Bear=毛绒小熊', 23, 'Knitted=针织, Organic=有机棉, Corduroy=灯芯绒, Sleepy=瞌睡, Tiny=迷你'),
    product('Board Game=桌游', 33, 'Cooperative=合作, Strategy=策略, Travel=旅行, Classic=经典, Two-Player=双人'),
  ] },
];

/** Ranges that go across the categories: what makes two things look right together. */
export const COLLECTIONS: readonly Words[] = [
  ['Coast', '海岸'], ['Forest', '森林'], ['Harvest', '丰收'], ['Night Sky', '夜空'], ['Meadow', '草甸'], ['Studio', '工坊'], ['Winter', '冬日'], ['Terrazzo', '水磨石'],
];

/** Made-up makers; the first are the cheapest. */
export const BRANDS: readonly string[] = [
  'Plainly', 'Dayware', 'Tumble', 'Oddment', 'Hearthside', 'Greenlane', 'Saltbox', 'Lumenne', 'Rookery', 'Tidewell', 'Fernhollow', 'Atelier Nord',
];
