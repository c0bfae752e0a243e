// The coroutines of a session.
#include "server/tcp_session.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/limits.h"
#include "server/answer_style.h"
#include "server/call.h"

namespace cairn::server {
namespace {

constexpr size_t kPieceBytes = 256 << 10;
constexpr size_t kJoinedBytesMax = 64 << 10;  // of a body that is sent together with its head
constexpr uint64_t kBodyBytesPerSecondMin = 16 << 10;

// A name that is missing or said twice lets two readers of one request see two hosts.
std::optional<Response> check_host(const Request& request, bool may_be_missing) {
  const auto hosts = std::count_if(request.headers.begin(), request.headers.end(),
                                   [](const auto& header) { return header.first == "host"; });
  if (hosts == 1 || (hosts == 0 && may_be_missing)) return std::nullopt;
  return answer_error(
      Error(Code::kInvalid, fmt::format("expected one Host header, found {}", hosts)));
}

}  // namespace

// Room for a body that was announced, until its request is answered.
class TcpSession::BodyClaim {
 public:
  explicit BodyClaim(std::atomic<uint64_t>& total) : x_total(total) {}
  ~BodyClaim() { x_total -= x_bytes; }
  BodyClaim(const BodyClaim&) = delete;
  BodyClaim& operator=(const BodyClaim&) = delete;

  bool take(uint64_t bytes) {
    x_bytes = bytes;
    return x_total.fetch_add(bytes) + bytes <= kBodyBytesInFlightMax;
  }

 private:
  std::atomic<uint64_t>& x_total;
  uint64_t x_bytes = 0;
};

asio::awaitable<void> TcpSession::run() {
  x_connection->expire_in(x_share.patience.open);
  bool goes_on = co_await x_connection->open();
  while (goes_on) goes_on = co_await serve_one();
}

void TcpSession::stop() {
  x_is_stopping = true;
  if (x_is_idle) x_connection->cancel();
}

void TcpSession::cut() {
  x_is_stopping = true;
  x_connection->tcp().close();
}

// False when the connection has served its time.
asio::awaitable<bool> TcpSession::serve_one() {
  if (!co_await read_head()) co_return false;
  const int64_t began_ns = monotonic_now_ns();
  x_bytes_sent = 0;
  Request request;
  Response response;
  BodyClaim claim(x_share.body_bytes_in_flight);
  const Read read = co_await read_request(request, response, claim);
  if (read == Read::kGone) co_return false;

  bool keep_alive = false;
  if (read == Read::kWhole) {
    keep_alive = x_reader.keep_alive();
    request = std::move(*x_reader.take());
    response = co_await x_share.answerer.answer(
        request, [connection = x_connection.get()] { return connection->is_gone(); });
    keep_alive = keep_alive && !x_is_stopping && !response.events;
  }
  const int status = response.status;
  const bool is_sent = co_await send(request, response, keep_alive);
  x_share.answerer.note(
      {request, status, request.body.size(), x_bytes_sent, monotonic_now_ns() - began_ns});
  if (is_sent && !keep_alive) co_await hang_up();
  co_return is_sent&& keep_alive;
}

asio::awaitable<bool> TcpSession::receive() {
  const size_t bytes = co_await x_connection->read_some(x_reader.prepare());
  x_reader.commit(bytes);
  x_bytes_received += bytes;
  co_return bytes > 0;
}

// True when there is a head, or what cannot become one.
asio::awaitable<bool> TcpSession::read_head() {
  if (x_reader.state() == RequestReader::State::kEmpty) {
    if (x_is_stopping) co_return false;
    x_is_idle = true;
    x_connection->expire_in(x_share.patience.idle);
    const bool has_come = co_await receive();
    x_is_idle = false;
    if (!has_come) co_return false;
  }
  x_connection->expire_in(x_share.patience.head);
  while (x_reader.state() == RequestReader::State::kInHead)
    if (!co_await receive()) co_return false;
  co_return true;
}

// The body's limit, or an answer to the head alone.
tl::expected<uint64_t, Response> TcpSession::admit(BodyClaim& claim) {
  if (x_reader.state() == RequestReader::State::kBroken)
    return tl::unexpected(answer_error(x_reader.error()));
  Result<Request>& head = x_reader.head();
  if (!head) return tl::unexpected(answer_error(head.error()));
  if (auto refusal = check_host(*head, x_reader.is_http_1_0()))
    return tl::unexpected(std::move(*refusal));
  head->peer = x_peer;
  auto bytes_max = x_share.answerer.admit(*head);
  if (!bytes_max) return bytes_max;
  const uint64_t announced = x_reader.announced_bytes().value_or(*bytes_max);
  if (announced <= *bytes_max && !claim.take(announced))
    return tl::unexpected(answer_error(
        Error(Code::kUnavailable, "too many large requests at once; try again in a second")));
  return bytes_max;
}

// kRefused: `refusal` is to be sent, then the session is over, because what follows on the
// connection is a body that nobody wants; `request` is the head, as far as there is one.
asio::awaitable<TcpSession::Read> TcpSession::read_request(Request& request, Response& refusal,
                                                           BodyClaim& claim) {
  const auto body_bytes_max = admit(claim);
  if (!body_bytes_max) {
    if (x_reader.head()) request = *x_reader.head();
    refusal = body_bytes_max.error();
    co_return Read::kRefused;
  }
  const bool must_invite = x_reader.expects_continue();
  x_reader.read_body(*body_bytes_max);
  if (must_invite && x_reader.state() == RequestReader::State::kInBody) {
    const bool is_invited = co_await send_bytes("HTTP/1.1 100 Continue\r\n\r\n");
    if (!is_invited) co_return Read::kGone;
  }
  const bool is_there = co_await receive_body();
  if (!is_there) co_return Read::kGone;
  if (x_reader.state() == RequestReader::State::kDone) co_return Read::kWhole;
  request = *x_reader.head();
  refusal = answer_error(x_reader.error());
  co_return Read::kRefused;
}

// The time for a body grows with what has come of it, so that who announces much and sends little
// does not hold the room for it.
asio::awaitable<bool> TcpSession::receive_body() {
  const auto began = Connection::Clock::now();
  const uint64_t bytes_before = x_bytes_received;
  while (x_reader.state() == RequestReader::State::kInBody) {
    const std::chrono::milliseconds for_its_size((x_bytes_received - bytes_before) * 1000 /
                                                 kBodyBytesPerSecondMin);
    x_connection->expire_in(began + x_share.patience.body + for_its_size -
                            Connection::Clock::now());
    const bool has_come = co_await receive();
    if (!has_come) co_return false;
  }
  co_return true;
}

asio::awaitable<bool> TcpSession::send(const Request& request, Response& response,
                                       bool keep_alive) {
  style_answer(request, response);
  std::optional<uint64_t> length = response.file ? response.file->bytes : response.body.size();
  const bool has_none = response.status == 204 || response.status == 304;
  if (response.events || has_none) length = std::nullopt;
  std::string head = print_head(response, length, keep_alive);
  if (request.method == "HEAD" || has_none) co_return co_await send_bytes(head);

  const bool is_joined = !response.file && response.body.size() <= kJoinedBytesMax;
  if (is_joined) head += response.body;
  if (!co_await send_bytes(head)) co_return false;
  if (response.events) co_return co_await send_events(*response.events);
  if (response.file) co_return co_await send_file(*response.file);
  if (is_joined) co_return true;  // no co_await behind && or ||: GCC 12 does not skip it
  co_return co_await send_bytes(response.body);
}

asio::awaitable<bool> TcpSession::send_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, kPieceBytes);
    x_connection->expire_in(x_share.patience.piece);
    if (!co_await x_connection->write(piece)) co_return false;
    x_bytes_sent += piece.size();
    bytes.remove_prefix(piece.size());
  }
  co_return true;
}

// A file that ends early leaves the answer short, which the peer notices.
asio::awaitable<bool> TcpSession::send_file(FileSlice slice) {
  const int fd = ::open(slice.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) co_return false;
  const std::shared_ptr<void> closer(nullptr, [fd](void*) { ::close(fd); });
  std::string piece(static_cast<size_t>(std::min<uint64_t>(slice.bytes, kPieceBytes)), '\0');
  while (slice.bytes > 0) {
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(piece.size(), slice.bytes));
    const ssize_t n = ::pread(fd, piece.data(), wanted, static_cast<off_t>(slice.offset));
    if (n <= 0) co_return false;
    const auto bytes = static_cast<size_t>(n);
    if (!co_await send_bytes({piece.data(), bytes})) co_return false;
    slice.offset += bytes;
    slice.bytes -= bytes;
  }
  co_return true;
}

// Until either side ends it.
asio::awaitable<bool> TcpSession::send_events(EventStream& events) {
  auto silent_since = std::chrono::steady_clock::now();
  while (true) {
    std::optional<std::string> text = co_await events.next(x_share.patience.event_look);
    if (!text) co_return true;
    const auto now = std::chrono::steady_clock::now();
    if (text->empty()) {
      if (x_connection->is_gone()) break;
      if (now - silent_since < x_share.patience.event_rest) continue;
      *text = ":\n\n";
    }
    silent_since = now;
    if (!co_await send_bytes(*text)) break;
  }
  events.end();
  co_return false;
}

// Says that nothing more will come and reads on for a moment: closing with bytes unread would take
// our last answer from a peer that is still sending.
asio::awaitable<void> TcpSession::hang_up() {
  x_connection->expire_in(x_share.patience.linger);
  co_await x_connection->finish();
  std::array<char, 4096> ignored;
  size_t bytes = 1;
  while (bytes > 0) bytes = co_await x_connection->read_some(ignored);
}

}  // namespace cairn::server
