// HTTP/1.1 messages ↔ bytes, for every socket: a reader of requests, and the head of an answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "server/http_types.h"

namespace cairn::server {

// Reads one request after another from a stream of bytes, whichever way they are cut.
//
// The session receives into prepare(), says commit(), and looks at state(). Holds one request at a
// time and what came behind it. Owned and used by one session.
class RequestReader {
 public:
  enum class State {
    kEmpty,   // between two requests: nothing of the next one has come
    kInHead,  // some of it
    kHead,    // head() is there; read_body() goes on, also where none was announced
    kInBody,
    kDone,    // take() it
    kBroken,  // error() says why; the session cannot go on
  };

  RequestReader();
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  State state() const;
  std::span<char> prepare();  // where the next bytes belong
  void commit(size_t bytes);

  // From kHead on: the request without its body, or what is wrong with its target, which is no
  // failure of the session. What is changed in it comes out of take().
  Result<Request>& head();
  bool has_body() const;                            // one was announced
  std::optional<uint64_t> announced_bytes() const;  // nullopt when it comes in chunks
  bool expects_continue() const;                    // the peer waits for our word before the body
  bool keep_alive() const;
  bool is_http_1_0() const;

  // More than `bytes_max` breaks the request, before it is read where it was announced.
  void read_body(uint64_t bytes_max);
  Result<Request> take();      // and goes on with what came behind it
  const Error& error() const;  // Limit for what is too large, Invalid else

 private:
  struct Reading;
  std::unique_ptr<Reading> x_reading;
};

// "HTTP/1.1 200 OK\r\n...\r\n\r\n" of an answer with `length` bytes, or with as many as come until
// the connection ends.
std::string print_head(const Response& response, std::optional<uint64_t> length, bool keep_alive);

}  // namespace cairn::server
