// SPDX-License-Identifier: LGPL-2.1-or-later
#include "app/control_server.hpp"

#include "core/error.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <istream>
#include <memory>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace vifplug {

namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;

constexpr std::size_t longest_question = 4096;
constexpr std::chrono::seconds patience{5};
constexpr std::chrono::milliseconds pause{200};

/// One conversation; it lives as long as one of its handlers does.
class Conversation : public std::enable_shared_from_this<Conversation> {
  public:
    Conversation(Socket socket, const ControlServer::Answer& answer)
        : socket_(std::move(socket)), timer_(socket_.get_executor()), question_(longest_question), answer_(answer) {}

    void begin() {
        timer_.expires_after(patience);
        timer_.async_wait([self = weak_from_this()](const boost::system::error_code& ended) {
            if (const auto conversation = self.lock(); conversation && !ended)
                conversation->close();
        });
        asio::async_read_until(socket_, question_, '\n',
                               [self = shared_from_this()](const boost::system::error_code& failed, std::size_t) {
                                   if (!failed)
                                       self->reply();
                               });
    }

  private:
    void reply() {
        std::string line;
        std::istream in(&question_);
        std::getline(in, line);
        text_ = answer_(line) + "\n";
        asio::async_write(
            socket_, asio::buffer(text_),
            [self = shared_from_this()](const boost::system::error_code&, std::size_t) { self->close(); });
    }

    void close() {
        boost::system::error_code ignored; // nobody is left to hear it
        socket_.close(ignored);
        timer_.cancel(ignored);
    }

    Socket socket_;
    asio::steady_timer timer_;
    asio::streambuf question_;
    std::string text_;
    const ControlServer::Answer& answer_;
};

} // namespace

ControlServer::ControlServer(asio::io_context& context, const std::string& path, Answer answer)
    : acceptor_(context), next_accept_(context), path_(path), answer_(std::move(answer)) {
    if (path_.size() >= sizeof(sockaddr_un::sun_path))
        throw BadInput("VIFPLUG_RUNDIR", path_, "too long for a socket in it");
    (void)unlink(path_.c_str()); // nothing there is as good
    const mode_t before = umask(0177);
    boost::system::error_code failed;
    acceptor_.open({}, failed);
    if (!failed)
        acceptor_.bind(path_, failed);
    if (!failed)
        acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    (void)umask(before);
    if (failed)
        throw Error("listen at " + path_, system_code(failed.value()));
    accept();
}

ControlServer::~ControlServer() {
    (void)unlink(path_.c_str());
}

void ControlServer::accept() {
    acceptor_.async_accept([this](const boost::system::error_code& failed, Socket socket) {
        if (failed == asio::error::operation_aborted)
            return;
        if (failed) { // nothing that is over at once: every file that there may be is open
            accept_later();
            return;
        }
        std::make_shared<Conversation>(std::move(socket), answer_)->begin();
        accept();
    });
}

void ControlServer::accept_later() {
    next_accept_.expires_after(pause);
    next_accept_.async_wait([this](const boost::system::error_code& failed) {
        if (!failed)
            accept();
    });
}

} // namespace vifplug
