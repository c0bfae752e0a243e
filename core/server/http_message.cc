// Reads requests by Boost.Beast's parser, which no other file includes.
#include "server/http_message.h"

#include <ctime>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/clock.h"
#include "base/limits.h"
#include "base/version.h"
#include "server/target.h"

namespace cairn::server {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr size_t kPieceBytesMin = 4 << 10;   // what an idle connection holds
constexpr size_t kPieceBytesMax = 64 << 10;  // read at once of a large body

std::string to_lower(std::string name) {
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

Result<Request> take_head(const http::request<http::string_body>& message) {
  Request request;
  request.method = std::string(message.method_string());
  for (const auto& field : message)
    request.headers.emplace_back(to_lower(std::string(field.name_string())),
                                 std::string(field.value()));
  TRY_VOID(parse_target({message.target().data(), message.target().size()}, request));
  return request;
}

Error explain(error_code error, uint64_t body_bytes_max) {
  if (error == http::error::body_limit)
    return {Code::kLimit, fmt::format("expected a body of at most {} bytes", body_bytes_max)};
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return {Code::kLimit,
            fmt::format("expected a request's head of at most {} bytes", kRequestHeadBytesMax)};
  return {Code::kInvalid, fmt::format("expected an HTTP/1.1 request, found: {}", error.message())};
}

}  // namespace

struct RequestReader::Reading {
  using Parser = http::request_parser<http::string_body>;

  // Bytes of one message are in one piece here while they are parsed.
  boost::beast::flat_buffer buffer{kRequestHeadBytesMax + kPieceBytesMax};
  std::optional<Parser> parser;
  State state = State::kEmpty;
  Result<Request> head;
  uint64_t body_bytes_max = 0;
  std::optional<Error> error;

  void begin() {
    parser.emplace();
    parser->header_limit(static_cast<uint32_t>(kRequestHeadBytesMax));
    parser->body_limit(boost::none);
    state = State::kEmpty;
  }

  void fail(Error why) {
    error = std::move(why);
    state = State::kBroken;
  }

  void parse() {
    while (buffer.size() > 0 && !parser->is_done()) {
      error_code failure;
      buffer.consume(parser->put(buffer.cdata(), failure));
      if (failure == http::error::need_more) break;
      if (failure) return fail(explain(failure, body_bytes_max));
      if (state == State::kInHead && parser->is_header_done()) return finish_head();
    }
    if (state == State::kInBody && parser->is_done()) state = State::kDone;
  }

  void finish_head() {
    // Where we and somebody before us disagree about a body's end, requests can be smuggled.
    if (parser->get().count(http::field::transfer_encoding) > 0 && !parser->chunked())
      return fail({Code::kInvalid, "expected no transfer encoding but chunked"});
    head = take_head(parser->get());
    state = State::kHead;
  }
};

RequestReader::RequestReader() : x_reading(std::make_unique<Reading>()) { x_reading->begin(); }
RequestReader::~RequestReader() = default;

RequestReader::State RequestReader::state() const { return x_reading->state; }

std::span<char> RequestReader::prepare() {
  size_t wanted = kPieceBytesMin;
  if (x_reading->state == State::kInBody) {
    const auto left = x_reading->parser->content_length_remaining();
    const uint64_t expected = left ? *left : kPieceBytesMax;
    wanted = static_cast<size_t>(std::clamp<uint64_t>(expected, kPieceBytesMin, kPieceBytesMax));
  }
  // Full only when the parser has left all of it unread, which it will name an error.
  wanted = std::min(wanted, x_reading->buffer.max_size() - x_reading->buffer.size());
  const auto space = x_reading->buffer.prepare(wanted);
  return {static_cast<char*>(space.data()), space.size()};
}

void RequestReader::commit(size_t bytes) {
  x_reading->buffer.commit(bytes);
  if (x_reading->state == State::kEmpty && bytes > 0) x_reading->state = State::kInHead;
  if (x_reading->state == State::kInHead || x_reading->state == State::kInBody) x_reading->parse();
}

Result<Request>& RequestReader::head() { return x_reading->head; }

bool RequestReader::has_body() const { return !x_reading->parser->is_done(); }

std::optional<uint64_t> RequestReader::announced_bytes() const {
  if (!has_body()) return 0;
  const auto length = x_reading->parser->content_length();
  return length ? std::optional<uint64_t>(*length) : std::nullopt;
}

bool RequestReader::expects_continue() const {
  const auto& expect = x_reading->parser->get()[http::field::expect];
  return has_body() && boost::beast::iequals(expect, "100-continue");
}

bool RequestReader::keep_alive() const { return x_reading->parser->keep_alive(); }
bool RequestReader::is_http_1_0() const { return x_reading->parser->get().version() == 10; }

void RequestReader::read_body(uint64_t bytes_max) {
  const auto announced = announced_bytes();
  x_reading->body_bytes_max = bytes_max;
  if (announced && *announced > bytes_max)
    return x_reading->fail(explain(http::error::body_limit, bytes_max));
  x_reading->parser->body_limit(bytes_max);
  x_reading->parser->eager(true);
  x_reading->state = State::kInBody;
  x_reading->parse();
}

Result<Request> RequestReader::take() {
  Result<Request> request = std::move(x_reading->head);
  if (request) request->body = std::move(x_reading->parser->get().body());
  x_reading->begin();
  if (x_reading->buffer.size() == 0) {
    x_reading->buffer.shrink_to_fit();  // thousands of connections may be idle
  } else {
    x_reading->state = State::kInHead;
    x_reading->parse();
  }
  return request;
}

const Error& RequestReader::error() const { return *x_reading->error; }

namespace {

std::string print_date() {
  const time_t now = static_cast<time_t>(wall_now_ns() / kNsPerSecond);
  tm parts{};
  char text[32];
  ::gmtime_r(&now, &parts);
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace

std::string print_head(const Response& response, std::optional<uint64_t> length, bool keep_alive) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  std::string head = fmt::format(
      "HTTP/1.1 {} {}\r\nServer: cairn/{}\r\nDate: {}\r\nContent-Type: {}\r\n"
      "Connection: {}\r\n",
      response.status, std::string_view(reason.data(), reason.size()), version(), print_date(),
      response.content_type, keep_alive ? "keep-alive" : "close");
  if (length) fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", *length);
  for (const auto& [name, value] : response.headers)
    fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
  return head += "\r\n";
}

}  // namespace cairn::server
