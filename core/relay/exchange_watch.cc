// Framing of HTTP/1 by Boost.Beast's parser, which no other file of the room includes.
#include "relay/exchange_watch.h"

#include <deque>
#include <optional>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "relay/limits.h"
#include "relay/token_reader.h"

namespace cairn::relay {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using BeastText = boost::beast::string_view;

constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::string_view view(BeastText text) { return {text.data(), text.size()}; }

// 100 Continue, 103 Early Hints: the answer itself is still to come.
bool is_interim(int status) { return status < 200 && status != 101; }

// A parser that keeps nothing.
template <bool kIsRequest>
class Parser : public http::basic_parser<kIsRequest> {
 public:
  Parser() {
    this->header_limit(static_cast<uint32_t>(kHeadBytesMax));
    this->body_limit(boost::none);
    this->eager(true);
  }

 protected:
  void on_request_impl(http::verb, BeastText, BeastText, int, error_code&) override {}
  void on_response_impl(int, BeastText, int, error_code&) override {}
  void on_field_impl(http::field, BeastText, BeastText, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  size_t on_body_impl(BeastText body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(uint64_t, BeastText, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, BeastText body, error_code&) override { return body.size(); }
  void on_finish_impl(error_code&) override {}
};

class RequestParser : public Parser<true> {
 public:
  std::string method, path;

 private:
  void on_request_impl(http::verb, BeastText its_method, BeastText target, int,
                       error_code&) override {
    method = view(its_method);
    path = view(target).substr(0, std::min(view(target).find('?'), kPathBytesMax));
  }
};

class AnswerParser : public Parser<false> {
 public:
  AnswerParser(TokenReader& tokens, bool has_no_body) : x_tokens(tokens) { skip(has_no_body); }

  bool has_body_begun = false;
  int status = 0;

 private:
  void on_response_impl(int code, BeastText, int, error_code&) override { status = code; }
  void on_field_impl(http::field name, BeastText, BeastText value, error_code&) override {
    if (name == http::field::content_type) x_type = view(value);
    if (name == http::field::content_encoding) x_encoding = view(value);
  }
  void on_header_impl(error_code&) override { x_tokens.begin(x_type, x_encoding); }
  size_t on_body_impl(BeastText body, error_code&) override {
    has_body_begun = has_body_begun || !body.empty();
    x_tokens.read(view(body));
    return body.size();
  }
  size_t on_chunk_body_impl(uint64_t, BeastText body, error_code& error) override {
    return on_body_impl(body, error);
  }

  TokenReader& x_tokens;
  std::string x_type, x_encoding;
};

enum class Put { kMore, kDone, kBroken };

// One direction: messages one after another, and the bytes of a head that is not whole yet.
template <typename P>
struct Messages {
  std::optional<P> parser;
  std::string held;

  // `bytes` with what was held before them; `joined` keeps both together.
  std::string_view join(std::string_view bytes, std::string& joined) {
    if (held.empty()) return bytes;
    joined = std::move(held);
    held.clear();
    return joined.append(bytes);
  }
  // Takes from the front of `bytes` what belongs to this message; holds what cannot be read yet.
  Put put(std::string_view& bytes, uint64_t& count) {
    // Beast's parser takes it for granted that of a last chunk it has seen that much.
    const bool is_too_little =
        bytes.size() < kLastChunk.size() && parser->is_header_done() && parser->chunked();
    error_code error = http::error::need_more;
    size_t taken = 0;
    if (!is_too_little) taken = parser->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    count += taken;
    bytes.remove_prefix(taken);
    if (error && error != http::error::need_more) return Put::kBroken;
    if (parser->is_done()) return Put::kDone;
    held = bytes;
    bytes = {};
    return Put::kMore;
  }
  void drop() {
    parser.reset();
    held = std::string();
  }
};

}  // namespace

struct ExchangeWatch::State {
  explicit State(const Listener& its_listener) : listener(its_listener) {}

  void begin_exchange(int64_t began_ns);
  void note_answer(int64_t now_ns);
  void finish_answer(int64_t now_ns);
  void tell(bool is_whole, int64_t now_ns);
  void stop_listening();
  void look_away();

  const Listener& listener;
  Messages<RequestParser> requests;
  Messages<AnswerParser> answers;
  TokenReader tokens;              // of the answer that is being read
  std::deque<Exchange> exchanges;  // unanswered, in order
  int64_t request_began_ns = 0;
  uint64_t head_bytes = 0;  // of a request whose exchange has not begun
  bool is_begun = false;    // exchanges has the request that is being read, or had it
  bool is_deaf = false;     // what the client says is not understood; answers may still come
  bool is_blind = false;
};

ExchangeWatch::ExchangeWatch(const Listener& listener)
    : x_state(std::make_unique<State>(listener)) {}
ExchangeWatch::~ExchangeWatch() = default;

void ExchangeWatch::State::stop_listening() {
  is_deaf = true;
  requests.drop();
}

void ExchangeWatch::State::look_away() {
  is_blind = true;
  requests.drop();
  answers.drop();
}

void ExchangeWatch::State::begin_exchange(int64_t began_ns) {
  Exchange& exchange = exchanges.emplace_back();
  exchange.began_ns = began_ns;
  exchange.method = std::move(requests.parser->method);
  exchange.path = std::move(requests.parser->path);
  exchange.request_bytes = std::exchange(head_bytes, 0);
  is_begun = true;
}

void ExchangeWatch::see_request(std::string_view bytes, int64_t now_ns) {
  State& my = *x_state;
  if (my.is_blind || my.is_deaf) return;
  std::string joined;
  bytes = my.requests.join(bytes, joined);
  while (!bytes.empty()) {
    if (!my.requests.parser) {
      if (bytes.front() == '\r' || bytes.front() == '\n') {  // left over by some clients
        bytes.remove_prefix(1);
        continue;
      }
      if (my.exchanges.size() >= kPipelinedMax) return my.stop_listening();
      my.requests.parser.emplace();
      my.request_began_ns = now_ns;
      my.head_bytes = 0;
      my.is_begun = false;
    }
    uint64_t taken = 0;
    const Put put = my.requests.put(bytes, taken);
    my.head_bytes += taken;
    if (!my.is_begun && my.requests.parser->is_header_done())
      my.begin_exchange(my.request_began_ns);
    else if (my.is_begun && !my.exchanges.empty())  // it may have been answered early
      my.exchanges.back().request_bytes += std::exchange(my.head_bytes, 0);
    if (put == Put::kBroken) return my.stop_listening();
    if (put == Put::kDone) my.requests.parser.reset();
  }
}

void ExchangeWatch::see_answer(std::string_view bytes, int64_t now_ns) {
  State& my = *x_state;
  if (my.is_blind) return;
  std::string joined;
  bytes = my.answers.join(bytes, joined);
  while (!bytes.empty() && !my.is_blind) {
    if (my.exchanges.empty()) return my.look_away();  // nobody asked
    if (!my.answers.parser)
      my.answers.parser.emplace(my.tokens, my.exchanges.front().method == "HEAD");
    const Put put = my.answers.put(bytes, my.exchanges.front().answer_bytes);
    if (put == Put::kBroken) return my.look_away();
    my.note_answer(now_ns);
    if (put == Put::kDone) my.finish_answer(now_ns);
  }
}

void ExchangeWatch::see_refusal(std::string_view answer, int64_t now_ns) {
  for (Exchange& exchange : x_state->exchanges) exchange.is_refused = true;
  see_answer(answer, now_ns);
}

void ExchangeWatch::State::note_answer(int64_t now_ns) {
  Exchange& exchange = exchanges.front();
  if (!answers.parser->is_header_done() || is_interim(answers.parser->status)) return;
  exchange.status = answers.parser->status;
  if (exchange.first_byte_ns == 0 && answers.parser->has_body_begun)
    exchange.first_byte_ns = now_ns;
}

// After 101, or a CONNECT, the bytes are of another protocol.
void ExchangeWatch::State::finish_answer(int64_t now_ns) {
  const int status = answers.parser->status;
  const bool is_tunnel =
      status == 101 || (status / 100 == 2 && exchanges.front().method == "CONNECT");
  if (!is_interim(status)) tell(true, now_ns);
  answers.parser.reset();
  if (is_tunnel) look_away();
}

void ExchangeWatch::State::tell(bool is_whole, int64_t now_ns) {
  Exchange exchange = std::move(exchanges.front());
  exchanges.pop_front();
  exchange.ended_ns = now_ns;
  exchange.is_whole = is_whole;
  if (exchange.status != 0 && exchange.first_byte_ns == 0) exchange.first_byte_ns = now_ns;
  if (exchange.status != 0) {
    TokenReader::Found found = tokens.found();
    exchange.model = std::move(found.model);
    exchange.tokens_in = found.tokens_in;
    exchange.tokens_out = found.tokens_out;
    exchange.is_tokens_out_estimated = found.is_tokens_out_estimated;
  }
  if (listener) listener(exchange);
}

void ExchangeWatch::see_answer_end(int64_t now_ns) {
  State& my = *x_state;
  if (!my.answers.parser || !my.answers.parser->is_header_done()) return;
  error_code error;
  my.answers.parser->put_eof(error);
  if (!error && my.answers.parser->is_done()) my.finish_answer(now_ns);
}

void ExchangeWatch::end(int64_t now_ns) {
  while (!x_state->exchanges.empty()) x_state->tell(false, now_ns);
}

bool ExchangeWatch::is_idle() const {
  return !is_blind() && x_state->exchanges.empty() && !x_state->requests.parser;
}
bool ExchangeWatch::owes_answer() const { return is_blind() || !x_state->exchanges.empty(); }
bool ExchangeWatch::is_blind() const { return x_state->is_blind || x_state->is_deaf; }

}  // namespace cairn::relay
