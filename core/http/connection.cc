// One libcurl handle: requests in, responses out.
#include "http/connection.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "base/version.h"
#include "http/libcurl.h"

namespace cairn::http {
namespace {

std::string environment(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = std::getenv(name); value && *value) return value;
  return {};
}

// Whether no_proxy, "example.org,.local,*", speaks of this host.
bool is_exempt(std::string_view host, std::string_view no_proxy) {
  for (std::string_view rest = no_proxy; !rest.empty();) {
    const size_t end = std::min(rest.find_first_of(", "), rest.size());
    std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (name == "*") return true;
    if (name.starts_with('.')) name.remove_prefix(1);
    if (name.empty() || !host.ends_with(name)) continue;
    if (host.size() == name.size() || host[host.size() - name.size() - 1] == '.') return true;
  }
  return false;
}

// What one send() collects.
struct Answer {
  const Libcurl& curl;
  void* handle;
  const Connection::Sink& sink;
  size_t bytes_max;
  Response response;
  bool too_large = false;

  bool is_success() const { return response.status >= 200 && response.status < 300; }
};

size_t take_header(char* data, size_t, size_t size, void* to) {
  Answer& answer = *static_cast<Answer*>(to);
  std::string_view line(data, size);
  if (line.starts_with("HTTP/")) answer.response.headers.clear();  // of a 100 Continue
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (line.empty()) {  // the end of a head
    long status = 0;
    answer.curl.easy_getinfo(answer.handle, kResponseCode, &status);
    answer.response.status = static_cast<int>(status);
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  answer.response.headers.emplace_back(std::move(name), value);
  return size;
}

size_t take_body(char* data, size_t, size_t size, void* to) {
  Answer& answer = *static_cast<Answer*>(to);
  if (answer.sink && answer.is_success()) return answer.sink({data, size}) ? size : 0;
  if (answer.response.body.size() + size > answer.bytes_max) {
    answer.too_large = true;
    return 0;
  }
  answer.response.body.append(data, size);
  return size;
}

int stop_if(void* cancelled, int64_t, int64_t, int64_t, int64_t) {
  return static_cast<const std::atomic<bool>*>(cancelled)->load() ? 1 : 0;
}

class List {
 public:
  explicit List(const Libcurl& curl) : x_curl(curl) {}
  ~List() { x_curl.slist_free_all(x_list); }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  void add(const std::string& line) {
    if (CurlList* longer = x_curl.slist_append(x_list, line.c_str())) x_list = longer;
  }
  CurlList* get() const { return x_list; }

 private:
  const Libcurl& x_curl;
  CurlList* x_list = nullptr;
};

}  // namespace

const std::string* Response::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (key == name) return &value;
  return nullptr;
}

Options options_from_environment(const Url& url) {
  Options options;
  options.api_key = environment({"CAIRN_API_KEY"});
  options.ca_file = environment({"CAIRN_CA_FILE", "SSL_CERT_FILE"});
  if (is_loopback(url) || is_exempt(url.host, environment({"no_proxy", "NO_PROXY"})))
    return options;
  // HTTP_PROXY in capitals can be set by a request to a CGI program, so nobody reads it.
  options.proxy = url.is_tls ? environment({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                             : environment({"http_proxy", "all_proxy", "ALL_PROXY"});
  return options;
}

struct Connection::State {
  const Libcurl& curl;
  void* handle;
  Url url;
  Options options;
  std::atomic<bool> cancelled = false;
  char reason[kErrorBufferBytes] = {};

  State(const Libcurl& the_curl, void* a_handle, Url the_url, Options its_options)
      : curl(the_curl),
        handle(a_handle),
        url(std::move(the_url)),
        options(std::move(its_options)) {}
  ~State() {
    if (handle) curl.easy_cleanup(handle);
  }
  template <typename T>
  void set(CurlOption option, T value) {
    curl.easy_setopt(handle, option, value);
  }
  void prepare();
  void set_body(const Request& request);
  void list_headers(const Request& request, List& lines) const;
  tl::unexpected<Error> explain(int code, const Answer& answer) const;
};

Connection::Connection(std::unique_ptr<State> state) : x_state(std::move(state)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const Url& url, Options options) {
  // A key with a line end in it would write headers of its own.
  if (options.api_key.find_first_of("\r\n") != std::string::npos)
    return fail(Code::kInvalid, "expected an API key of one line");
  TRY(const Libcurl* curl, load_libcurl());
  void* handle = curl->easy_init();
  if (!handle) return fail(Code::kUnavailable, "cannot begin a connection: out of memory");
  return std::unique_ptr<Connection>(
      new Connection(std::make_unique<State>(*curl, handle, url, std::move(options))));
}

// What is the same for every request.
void Connection::State::prepare() {
  curl.easy_reset(handle);  // keeps the connection
  set(kNoSignal, 1L);       // the host's signal handlers are not ours
  set(kProtocols, kHttpAndHttps);
  set(kHttpVersion, kHttp11);
  set(kTcpKeepAlive, 1L);
  set(kUserAgent, fmt::format("cairn/{}", version()).c_str());
  // Both said aloud, so that the library does not read the environment on this thread.
  set(kProxy, options.proxy.c_str());
  set(kNoProxy, "");
  if (!options.ca_file.empty()) set(kCaInfo, options.ca_file.c_str());
  if (options.compressed) set(kAcceptEncoding, "");
  set(kConnectLimitMs, static_cast<long>(options.connect_limit_ms));
  set(kTotalLimitMs, static_cast<long>(options.total_limit_ms));
  set(kLowSpeedLimit, 1L);
  set(kLowSpeedTime, static_cast<long>(options.stall_limit_s));
  set(kNoProgress, 0L);
  set(kProgressData, static_cast<void*>(&cancelled));
  set(kProgressFunction, stop_if);
  reason[0] = '\0';
  set(kErrorBuffer, reason);
  set(kHeaderFunction, take_header);
  set(kWriteFunction, take_body);
}

void Connection::State::set_body(const Request& request) {
  if (request.method == "HEAD") return set(kNoBody, 1L);
  if (request.method == "GET") return set(kHttpGet, 1L);
  if (request.method != "DELETE" || !request.body.empty()) {
    set(kPostFieldSize, static_cast<int64_t>(request.body.size()));
    set(kPostFields, request.body.data());
  }
  set(kCustomRequest, request.method.c_str());
}

void Connection::State::list_headers(const Request& request, List& lines) const {
  lines.add("Expect:");        // no round trip before a body
  lines.add("Content-Type:");  // libcurl's guess would be a form
  if (!options.api_key.empty()) lines.add("Authorization: Bearer " + options.api_key);
  for (const auto& [name, value] : request.headers) lines.add(name + ": " + value);
}

tl::unexpected<Error> Connection::State::explain(int code, const Answer& answer) const {
  const std::string where = print_url(url);
  if (answer.too_large)
    return fail(Code::kLimit, "expected an answer of at most {} bytes ({})", answer.bytes_max,
                where);
  const std::string why = *reason ? reason : curl.easy_strerror(code);
  if (code == kBadCertificate || code == kBadCaFile)
    return fail(Code::kInvalid,
                "expected a certificate that can be trusted: {}; CAIRN_CA_FILE names a file of "
                "your own authority ({})",
                why, where);
  if (code == kAborted || code == kWriteError)
    return fail(Code::kUnavailable, "stopped before the answer was whole ({})", where);
  return fail(Code::kUnavailable, "no answer from the server: {} ({})", why, where);
}

Result<Response> Connection::send(const Request& request, const Sink& sink) {
  State& x = *x_state;
  Answer answer{x.curl, x.handle, sink, x.options.answer_bytes_max, {}};
  List lines(x.curl);
  x.list_headers(request, lines);
  x.prepare();
  x.set_body(request);
  x.set(kUrl, (print_url(x.url) + request.path).c_str());
  x.set(kHttpHeader, lines.get());
  x.set(kHeaderData, static_cast<void*>(&answer));
  x.set(kWriteData, static_cast<void*>(&answer));
  const int code = x.curl.easy_perform(x.handle);
  if (code != kOk) return x.explain(code, answer);
  return std::move(answer.response);
}

void Connection::cancel() { x_state->cancelled = true; }

void Connection::forget(std::unique_ptr<Connection> connection) {
  if (connection) connection->x_state->handle = nullptr;
}

const Url& Connection::url() const { return x_state->url; }

}  // namespace cairn::http
