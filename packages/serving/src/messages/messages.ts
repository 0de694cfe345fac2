/**
 * Every sentence that answers say to people, in English and Chinese: the only file to change for another wording, and one entry more
 * for another language. `{name}` is filled in by say.ts.
 *
 * 1. Both languages have the same texts with the same placeholders (the types ask for the texts, a test for the placeholders).
 * 2. A text that counts has a form for one and for others; a language without the difference has one text for both.
 */
import type { ReasonKind } from '../rank/input.js';
import type { ObstacleCode } from '../rank/obstacles.js';

export const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export type Counted = string | { readonly one: string; readonly other: string };
/** `history` is made of an event's clause. */
export type PlainKind = Exclude<ReasonKind, 'history'>;

/** How long ago, in its largest unit; `now` below five seconds. */
export const AGE_UNITS = ['now', 'seconds', 'minutes', 'hours', 'days', 'months', 'years'] as const;

/** Clauses: what the shopper did with `{item}`, `{ago}`. `other` is for a shop's own types, `unknown` for events of which only the item is known. */
export const EVENT_CLAUSES = [
  'view', 'click', 'play', 'like', 'share', 'review', 'comment', 'cart', 'favorite', 'rate', 'purchase',
  'impression', 'search', 'post', 'survey', 'transaction', 'remove', 'return', 'dislike', 'rate_badly', 'other', 'unknown',
] as const;
export type EventClause = (typeof EVENT_CLAUSES)[number];

export interface Messages {
  readonly ages: Readonly<Record<(typeof AGE_UNITS)[number], Counted>>;
  readonly events: Readonly<Record<EventClause, string>>;
  /** A clause as what speaks for an item, and against it. */
  readonly because: string;
  readonly although: string;
  /** For an item, and against it. */
  readonly reasons: Readonly<Record<PlainKind, { readonly for: Counted; readonly against: Counted }>>;
  readonly obstacles: Readonly<Record<ObstacleCode, Counted>>;
  /** Of `seen` and `repeat`, when it is known what the shopper did; of `refused` the clause says it all. */
  readonly seenBy: string;
  readonly repeatedBy: { readonly for: string; readonly against: string };
  readonly listed: string;
  readonly behind: string;
  /** In its place because a rule has pinned it, or to be tried. */
  readonly pinned: string;
  readonly tried: string;
  readonly buried: string;
  readonly varied: string;
  readonly unscored: string;
  readonly without: { readonly event: string; readonly looking: string; readonly item: Counted; readonly same: string };
}

const ENGLISH: Messages = {
  ages: {
    now: 'just now',
    seconds: '{n} s ago',
    minutes: '{n} min ago',
    hours: '{n} h ago',
    days: { one: '{n} day ago', other: '{n} days ago' },
    months: { one: '{n} month ago', other: '{n} months ago' },
    years: { one: '{n} year ago', other: '{n} years ago' },
  },
  events: {
    view: 'you viewed {item} {ago}',
    click: 'you clicked {item} {ago}',
    play: 'you played {item} {ago}',
    like: 'you liked {item} {ago}',
    share: 'you shared {item} {ago}',
    review: 'you reviewed {item} {ago}',
    comment: 'you commented on {item} {ago}',
    cart: 'you put {item} into the cart {ago}',
    favorite: 'you saved {item} {ago}',
    rate: 'you rated {item} well {ago}',
    purchase: 'you bought {item} {ago}',
    impression: 'you were shown {item} {ago}',
    search: 'you searched for {item} {ago}',
    post: 'you posted about {item} {ago}',
    survey: 'you answered a survey about {item} {ago}',
    transaction: 'you paid for {item} {ago}',
    remove: 'you removed {item} {ago}',
    return: 'you returned {item} {ago}',
    dislike: 'you turned down {item} {ago}',
    rate_badly: 'you rated {item} badly {ago}',
    other: 'you did “{type}” with {item} {ago}',
    unknown: 'you dealt with {item} {ago}',
  },
  because: 'because {event}',
  although: 'although {event}',
  reasons: {
    looking: { for: 'because you are looking at {item}', against: 'although you are looking at {item}' },
    repeat: { for: 'because you had it {ago}', against: 'although you had it {ago}' },
    follow: { for: 'goes with {item}: often taken next', against: 'seldom taken after {item}' },
    popularity: { for: 'popular', against: 'less popular than most' },
    general: { for: 'liked in general', against: 'less liked in general' },
    similar: { for: 'like {item}', against: 'unlike {item}' },
    trending: { for: 'taken often now', against: 'taken seldom now' },
    newest: { for: 'new in the shop', against: 'new in the shop' },
    rule: { for: 'chosen by the shop', against: 'put back by the shop' },
    other: { for: { one: '{n} more event', other: '{n} more events' }, against: { one: '{n} more event', other: '{n} more events' } },
    rounding: { for: 'rounding', against: 'rounding' },
  },
  obstacles: {
    unknown_item: '{title} is unknown: it is neither in the catalogue nor has anybody done anything with it',
    withdrawn: '{title} was taken out of the catalogue',
    unavailable: '{title} is not available now',
    not_learned: 'the model has not learned {title} yet',
    too_few_shoppers: { one: '{title} is not described in the catalogue, and {n} shopper has dealt with it: {needed} are needed', other: '{title} is not described in the catalogue, and {n} shoppers have dealt with it: {needed} are needed' },
    filtered: '{title} does not pass the request’s filter',
    ruled_out: 'the shop’s rule “{rule}” leaves {title} out',
    not_demanded: 'the shop’s rule “{rule}” wants other items than {title}',
    excluded: 'the request excludes {title}',
    shown_before: '{title} was on an earlier page',
    looked_at: '{title} is what you are looking at',
    refused: 'you turned down {title} {ago}',
    seen: 'you had {title} {ago}, and the request excludes what you had',
  },
  seenBy: '{event}, and the request excludes what you had',
  repeatedBy: { for: 'again, because {event}', against: 'although {event}' },
  listed: '{title} is at place {place}',
  behind: '{title} is at rank {rank} with a score of {score}; the last of the {places} places takes {needed}, which is {gap} more',
  pinned: '{title} is at place {place}, where the shop has pinned it',
  tried: '{title} is at place {place} to be tried: it is new',
  buried: '{title} is at rank {rank}: the shop puts it behind everything else',
  varied: '{title} is at rank {rank}; others have its place, because the list is diversified or rotated, or has pinned or new items',
  unscored: '{title} has no score',
  without: {
    event: '{event}; without it: rank {rank} instead of {before}',
    looking: 'you are looking at {item}; without it: rank {rank} instead of {before}',
    item: { one: 'without {n} event of {item}: rank {rank} instead of {before}', other: 'without all {n} events of {item}: rank {rank} instead of {before}' },
    same: '{event}; without it: still rank {rank}',
  },
};

const CHINESE: Messages = {
  ages: {
    now: '刚刚',
    seconds: '{n}秒前',
    minutes: '{n}分钟前',
    hours: '{n}小时前',
    days: '{n}天前',
    months: '{n}个月前',
    years: '{n}年前',
  },
  events: {
    view: '您{ago}看过{item}',
    click: '您{ago}点击过{item}',
    play: '您{ago}播放过{item}',
    like: '您{ago}点赞了{item}',
    share: '您{ago}分享了{item}',
    review: '您{ago}评价了{item}',
    comment: '您{ago}评论了{item}',
    cart: '您{ago}把{item}加入了购物车',
    favorite: '您{ago}收藏了{item}',
    rate: '您{ago}给{item}打了高分',
    purchase: '您{ago}购买了{item}',
    impression: '您{ago}浏览到{item}',
    search: '您{ago}搜索过{item}',
    post: '您{ago}发帖谈到{item}',
    survey: '您{ago}回答了关于{item}的问卷',
    transaction: '您{ago}支付了{item}',
    remove: '您{ago}移除了{item}',
    return: '您{ago}退回了{item}',
    dislike: '您{ago}对{item}不感兴趣',
    rate_badly: '您{ago}给{item}打了低分',
    other: '您{ago}对{item}有过“{type}”行为',
    unknown: '您{ago}接触过{item}',
  },
  because: '因为{event}',
  although: '尽管{event}',
  reasons: {
    looking: { for: '因为您正在看{item}', against: '尽管您正在看{item}' },
    repeat: { for: '因为您{ago}接触过它', against: '尽管您{ago}接触过它' },
    follow: { for: '与{item}搭配：常在其后被选中', against: '很少在{item}之后被选中' },
    popularity: { for: '热门', against: '不如多数商品热门' },
    general: { for: '普遍受欢迎', against: '普遍不太受欢迎' },
    similar: { for: '与{item}相似', against: '与{item}不相似' },
    trending: { for: '近来常被选中', against: '近来很少被选中' },
    newest: { for: '新品', against: '新品' },
    rule: { for: '店铺精选', against: '店铺调低' },
    other: { for: '另外{n}个行为', against: '另外{n}个行为' },
    rounding: { for: '舍入误差', against: '舍入误差' },
  },
  obstacles: {
    unknown_item: '未知商品{title}：商品目录中没有，也没有人接触过',
    withdrawn: '{title}已从商品目录中撤下',
    unavailable: '{title}目前无货',
    not_learned: '模型尚未学到{title}',
    too_few_shoppers: '商品目录中没有{title}的描述，且只有{n}位顾客接触过：至少需要{needed}位',
    filtered: '{title}不符合请求的筛选条件',
    ruled_out: '店铺规则“{rule}”排除了{title}',
    not_demanded: '店铺规则“{rule}”要求的是其他商品，不包括{title}',
    excluded: '请求排除了{title}',
    shown_before: '{title}已在前面的页中出现',
    looked_at: '{title}正是您在看的商品',
    refused: '您{ago}拒绝了{title}',
    seen: '您{ago}接触过{title}，而请求排除了接触过的商品',
  },
  seenBy: '{event}，而请求排除了接触过的商品',
  repeatedBy: { for: '再次推荐，因为{event}', against: '尽管{event}' },
  listed: '{title}排在第{place}位',
  behind: '{title}排名第{rank}，得分{score}；列表共{places}位，最后一位需要{needed}，还差{gap}',
  pinned: '{title}由店铺固定在第{place}位',
  tried: '{title}是新品，排在第{place}位供尝试',
  buried: '{title}排名第{rank}：店铺把它排在其他商品之后',
  varied: '{title}排名第{rank}；由于列表经过多样化或轮换，或有固定位置和新品，位置让给了其他商品',
  unscored: '{title}没有得分',
  without: {
    event: '{event}；若没有这次：由第{before}名变为第{rank}名',
    looking: '您正在看{item}；若没有：由第{before}名变为第{rank}名',
    item: '若没有对{item}的全部{n}个行为：由第{before}名变为第{rank}名',
    same: '{event}；若没有这次：仍为第{rank}名',
  },
};

export const MESSAGES: Readonly<Record<Language, Messages>> = { en: ENGLISH, zh: CHINESE };
