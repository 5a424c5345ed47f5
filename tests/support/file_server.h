// SPDX-License-Identifier: GPL-3.0-or-later
// A web server of this machine, for tests of downloads.
#pragma once
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "core/base/subprocess.h"
#include "tests/support/expect.h"

namespace intarsia::test {

/// Serves FOLDER/file with ranges. /norange/: without; /cut/: the first answer stops half-way; /slow/: pauses; /moved/: redirects; /more/: goes on
/// for ever; /file: redirects to file:. Each request is a line "path range" in FOLDER/log.
inline constexpr const char* kFileServer = R"(
import http.server, os, sys, time
folder, cut = sys.argv[1], set()
class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *a): pass
    def do_GET(self):
        _, kind, name = self.path.split('/')
        wanted = self.headers.get('Range')
        with open(folder + '/log', 'a') as f: print(self.path, wanted, file=f)
        if kind in ('moved', 'away'):
            self.send_response(302)
            self.send_header('Location', '/plain/' + name if kind == 'moved' else 'file:///etc/passwd')
            return self.end_headers()
        if not os.path.exists(folder + '/' + name): return self.send_error(404)
        data, start = open(folder + '/' + name, 'rb').read(), 0
        if wanted and kind != 'norange':
            start = int(wanted.split('=')[1].split('-')[0])
            if start >= len(data): return self.send_error(416)
            self.send_response(206)
            self.send_header('Content-Range', f'bytes {start}-{len(data) - 1}/{len(data)}')
        else:
            self.send_response(200)
        body = data[start:]
        if kind != 'more': self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        try:
            if kind == 'cut' and name not in cut:
                cut.add(name)
                return self.wfile.write(body[:len(body) // 2])
            if kind == 'more':
                for _ in range(10000): self.wfile.write(body)
            if kind == 'slow':
                for i in range(0, len(body), 4096): self.wfile.write(body[i:i + 4096]), time.sleep(0.05)
                return
            self.wfile.write(body)
        except BrokenPipeError: pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
)";

class FileServer {
 public:
  /// False where there is no Python. Proxies of the environment are switched off.
  bool start(const std::filesystem::path& folder) {
    for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy"}) ::unsetenv(name);
    auto server = Subprocess::start(kPython, {"-c", kFileServer, folder.string()});
    if (!server) return false;
    m_server.emplace(std::move(*server));
    char port[16] = "";
    if (::read(m_server->outputFd(), port, sizeof port - 1) <= 0) return false;
    m_address = "http://127.0.0.1:" + std::to_string(std::atoi(port)) + "/";
    return true;
  }
  const std::string& address() const { return m_address; }  // ends in a slash

 private:
  std::optional<Subprocess> m_server;
  std::string m_address;
};

}  // namespace intarsia::test
