/** What can be wrong with a request as a whole. */
import type { Entries } from './entry.js';

export const REQUEST_PROBLEMS = {
  malformed_request: {
    title: 'Not HTTP', statuses: [400],
    means: 'The bytes sent are not an HTTP request: a broken request line, two lengths, more than one Host, garbage behind the last request. The connection is closed.',
    help: 'Use an HTTP client library; look at what a proxy on the way adds.',
  },
  malformed_url: {
    title: 'Malformed URL', statuses: [400],
    means: 'The path has a percent sign that is not followed by two hexadecimal digits, or its bytes are not UTF-8.',
    help: 'Percent-encode each id as UTF-8 (`encodeURIComponent`).',
  },
  host_missing: {
    title: 'Host missing', statuses: [400],
    means: 'The request has no Host header.',
    help: 'Send one; every HTTP client does.',
  },
  host_not_allowed: {
    title: 'Misdirected request', statuses: [421],
    means: 'The Host header names neither an address, nor a loopback name, nor the host this server was started with. This is what stops pages that point their own name at your machine.',
    help: 'Call the server by its address, or let the proxy in front set the Host header.',
  },
  origin_not_allowed: {
    title: 'Foreign page', statuses: [403],
    means: 'A browser page of another origin tried to write.',
    help: 'Send events from the shop’s server, or from pages of this server’s own origin.',
  },
  route_not_found: {
    title: 'Nothing here', statuses: [404],
    means: 'No route has this path.',
    help: 'See /docs for the routes; a slash inside an id must be sent as %2F.',
  },
  method_not_allowed: {
    title: 'Method not allowed', statuses: [405],
    means: 'The path exists, but not with this method.',
    help: 'The Allow header lists the methods.',
  },
  request_timeout: {
    title: 'Request timeout', statuses: [408],
    means: 'The headers took longer than 10 seconds to arrive, or the whole request longer than 30. The connection is closed.',
    help: 'Send smaller requests, or look for what holds the connection up.',
  },
  request_aborted: {
    title: 'Request aborted', statuses: [400],
    means: 'The client went away before its request was complete: nothing of it was taken. Nobody gets this answer; it stands in metrics, and in the log at level debug.',
    help: 'Send the request again; look for timeouts of the client.',
  },
  expectation_failed: {
    title: 'Expectation failed', statuses: [417],
    means: 'The Expect header asks for something else than `100-continue`.',
    help: 'Leave the header out.',
  },
  bad_request: {
    title: 'Bad request', statuses: [400],
    means: 'The request was refused by the HTTP server for another reason; the detail says which.',
    help: 'See the detail.',
  },
  uri_too_long: {
    title: 'URL too long', statuses: [414],
    means: 'An id in the path is longer than any id can be: 128 characters, a `recommendation_id` 4,000.',
    help: 'Use the id under which the item, event or shopper was sent.',
  },
  headers_too_large: {
    title: 'Headers too large', statuses: [431],
    means: 'Request line and headers are larger than 16 KiB.',
    help: 'Send fewer or shorter headers and query parameters; long lists belong in a body.',
  },
  content_length_mismatch: {
    title: 'Content-Length does not fit', statuses: [400],
    means: 'The body is not as long as its Content-Length says.',
    help: 'Let the HTTP client count.',
  },
  body_too_large: {
    title: 'Body too large', statuses: [413],
    means: 'The body, as sent or once decompressed, is larger than the route takes: 2 MiB for events and batches of items, 1 MiB elsewhere.',
    help: 'Send it in parts.',
  },
  too_many_items: {
    title: 'Too many items', statuses: [413],
    means: 'The request has more than 1,000 events or items.',
    help: 'Send it in parts; nothing of this request was taken.',
  },
  media_type_not_supported: {
    title: 'Media type not supported', statuses: [415],
    means: 'The Content-Type is missing or is not one that the route reads, or names another charset than UTF-8.',
    help: 'Send `application/json` (for events and batches `application/x-ndjson` too) in UTF-8.',
  },
  encoding_not_supported: {
    title: 'Content-Encoding not supported', statuses: [415],
    means: 'The body is compressed in a way that is not read here.',
    help: 'The Accept-Encoding header lists what is: gzip, deflate, br.',
  },
  malformed_compression: {
    title: 'Broken compression', statuses: [400],
    means: 'The body is not what its Content-Encoding says, or was cut off.',
    help: 'Compress the whole body once, and send the matching Content-Encoding.',
  },
  malformed_json: {
    title: 'Not JSON', statuses: [400], item: true,
    means: 'The body, or a line of NDJSON, is not JSON (RFC 8259). A broken line costs only itself; a broken body costs the whole request.',
    help: 'The detail says where. Numbers such as NaN, comments, trailing commas and single quotes are not JSON.',
  },
  invalid_utf8: {
    title: 'Not UTF-8', statuses: [400], item: true,
    means: 'The text is in another encoding (Latin-1, UTF-16, …) or was cut in the middle of a character. In a request with many events only those that hold such bytes are rejected.',
    help: 'Send UTF-8.',
  },
  invalid_request: {
    title: 'Unprocessable content', statuses: [422],
    means: 'Path, query or body don’t have the shape that the route documents. `errors` has one element for each finding: a pointer (`/limit` in the body, `/query/limit`, `/path/id`) and, as its code, the JSON Schema keyword that failed.',
    help: 'Compare with the route’s schema in /openapi.json.',
  },
  invalid_filter: {
    title: 'Filter not usable', statuses: [422],
    means: 'A `filter` or `facets` names a field that can’t be filtered by, an operator that there isn’t or that doesn’t fit the field, a value of another type, or more than there may be. `errors` has one element for each finding, with its place.',
    help: 'See the table of operators in docs/API.md, Filters. Attributes are named `attributes.NAME`.',
  },
  unknown_parameter: {
    title: 'Unknown query parameter', statuses: [422],
    means: 'The route has no query parameter of this name. It is refused rather than ignored: `?dryrun=true` must not write.',
    help: 'The detail names the nearest one, and all there are.',
  },
  idempotency_key: {
    title: 'Idempotency-Key not usable', statuses: [400],
    means: 'The header is longer than 255 characters or was sent twice.',
    help: 'Use a short random text for each write, and the same one for its retries.',
  },
  invalid_cursor: {
    title: 'Cursor not usable', statuses: [422],
    means: 'The cursor is not one that a listing has given out.',
    help: 'Pass `next_cursor` on as it is, or start without one.',
  },
  recommendation_not_found: {
    title: 'No such list', statuses: [404],
    means: 'What stands for a `recommendation_id` in the path is not one that this site has given out: it was changed, cut short, or made by another site or a later release.',
    help: 'Pass `recommendation_id` on as it is, whole; or ask for a new list.',
  },
  list_not_continuable: {
    title: 'List has no next page', statuses: [422],
    means: 'The list was asked for with more than its token holds: hundreds of excluded ids beside many unsent events or a long filter. Or it is of a kind that has one page.',
    help: 'Ask for a new list, and name what was shown in `exclude_ids`.',
  },
  recommendation_expired: {
    title: 'List too old', statuses: [404],
    means: 'The list was made more than 30 days ago.',
    help: 'Ask for a new list. Events may still carry its `recommendation_id`.',
  },
  list_not_explained: {
    title: 'Kind of list not explained', statuses: [422],
    means: 'An explanation was asked for of a list that is neither a recommendation nor of similar items: such lists are not scored for a shopper. Or its filter is of a later release than the process that was asked.',
    help: 'Ask about the lists of `/v1/recommendations`, `/v1/users/{user_id}/recommendations` and `/v1/items/{id}/similar`.',
  },
} as const satisfies Entries;
