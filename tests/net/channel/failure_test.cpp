#include "net/channel/failure.h"

#include <cerrno>
#include <gtest/gtest.h>
#include <netdb.h>
#include <string>

namespace {

using namespace net::channel;

TEST(FailureTest, SaysOperationValueReasonAndWhatToDo) {
    EXPECT_EQ(describe(Operation::kListen, "127.0.0.1:9000", EADDRINUSE),
              "listen on 127.0.0.1:9000: EADDRINUSE (address already in use); "
              "choose another port or stop the program that holds it");
    EXPECT_EQ(describe(Operation::kListen, "127.0.0.1:80", EACCES),
              "listen on 127.0.0.1:80: EACCES (permission denied); "
              "ports below 1024 need privileges; choose a port from 1024 up");
    EXPECT_EQ(describe(Operation::kConnect, "[::1]:9", ECONNREFUSED),
              "connect to [::1]:9: ECONNREFUSED (connection refused); "
              "nothing listens there; check the port and that the server runs");
    EXPECT_EQ(describe(Operation::kReceive, "127.0.0.1:9", EISNAM),
              "receive from 127.0.0.1:9: EISNAM (is a named type file)");
}

TEST(FailureTest, BeginsAsTheOperationIsSaid) {
    struct Case {
        Operation operation;
        std::string begins;
        std::string begins_without_target;
        std::string word;
    };
    const Case cases[] = {
        {Operation::kListen, "listen on X: ", "listen: ", "listen"},
        {Operation::kAccept, "accept on X: ", "accept: ", "accept"},
        {Operation::kResolve, "resolve X: ", "resolve: ", "resolve"},
        {Operation::kConnect, "connect to X: ", "connect: ", "connect"},
        {Operation::kReceive, "receive from X: ", "receive: ", "receive"},
        {Operation::kSend, "send to X: ", "send: ", "send"},
        {Operation::kCapture, "write the capture X: ", "write the capture: ", "capture"},
        {Operation::kOpen, "open X: ", "open: ", "open"},
        {Operation::kStart, "start X: ", "start: ", "start"},
        {Operation::kSendJob, "send X: ", "send job: ", "send job"},
        {Operation::kReply, "reply of X: ", "reply: ", "reply"},
    };
    for (const Case& c : cases) {
        EXPECT_TRUE(describe(c.operation, "X", EINVAL).starts_with(c.begins)) << c.begins;
        EXPECT_TRUE(describe(c.operation, "", EINVAL).starts_with(c.begins_without_target))
            << c.begins;
        EXPECT_EQ(to_text(c.operation), c.word);
    }
}

TEST(FailureTest, MakesTheTargetPrintable) {
    const std::string text = describe(Operation::kOpen, "a\x1b[31m\nb\xff", ENOENT);
    EXPECT_TRUE(
        text.starts_with("open a\\x1b[31m\\x0ab\\xff: ENOENT (no such file or directory); "))
        << text;
    EXPECT_LT(describe(Operation::kOpen, std::string(100'000, 'x'), ENOENT).size(), 1000U);
}

TEST(FailureTest, NamesEveryCodeAndSaysSoWhereThereIsNone) {
    EXPECT_EQ(errno_name(EADDRINUSE), "EADDRINUSE");
    EXPECT_EQ(errno_text(EIO), "input/output error");
    EXPECT_EQ(errno_text(ENOTSUP), "operation not supported");
    EXPECT_EQ(errno_text(ESRMNT), "srmount error");
    EXPECT_EQ(errno_name(100'000), "E?100000");
    EXPECT_EQ(errno_text(100'000), "unknown error 100000");
    for (const int none : {0, -1, -111}) {
        EXPECT_EQ(errno_name(none), "E?" + std::to_string(none));
        EXPECT_EQ(errno_text(none), "unknown error " + std::to_string(none));
    }
}

TEST(FailureTest, KeepsTheCaseOfAbbreviations) {
    EXPECT_EQ(errno_text(EDOTDOT), "RFS specific error");
    EXPECT_EQ(errno_text(EXDEV), "invalid cross-device link");
}

TEST(FailureTest, HasAdviceWhereAUserCanDoSomething) {
    struct Case {
        Operation operation;
        int code;
        std::string contains;
    };
    const Case cases[] = {
        {Operation::kListen, EADDRINUSE, "another port"},
        {Operation::kListen, EACCES, "1024"},
        {Operation::kListen, EADDRNOTAVAIL, "not an address of this machine"},
        {Operation::kConnect, ECONNREFUSED, "nothing listens"},
        {Operation::kConnect, ETIMEDOUT, "timeout"},
        {Operation::kConnect, ENETUNREACH, "route"},
        {Operation::kConnect, EHOSTUNREACH, "host"},
        {Operation::kAccept, EMFILE, "ulimit -n"},
        {Operation::kAccept, ENFILE, "file-max"},
        {Operation::kAccept, EUSERS, "most clients"},
        {Operation::kSend, ENOBUFS, "send queue"},
        {Operation::kSend, EPIPE, "connect again"},
        {Operation::kReceive, ECONNRESET, "dropped"},
        {Operation::kCapture, ENOSPC, "space"},
        {Operation::kCapture, EIO, "check it"},
        {Operation::kCapture, EEXIST, "--overwrite"},
        {Operation::kCapture, EACCES, "--write"},
        {Operation::kOpen, ENOENT, "check the path"},
    };
    for (const Case& c : cases) {
        const std::string_view words = advice(c.operation, c.code);
        EXPECT_NE(words.find(c.contains), std::string_view::npos)
            << to_text(c.operation) << " " << errno_name(c.code) << ": " << words;
    }
}

TEST(FailureTest, AdviceIsAPartOfASentenceForEveryPair) {
    for (int operation = 0; operation <= static_cast<int>(Operation::kReply); ++operation) {
        for (int code = -1; code < 140; ++code) {
            const std::string words(advice(static_cast<Operation>(operation), code));
            if (words.empty()) continue;
            EXPECT_FALSE(words.ends_with('.')) << words;
            EXPECT_FALSE(words.front() >= 'A' && words.front() <= 'Z') << words;
            EXPECT_EQ(words.find('\n'), std::string::npos) << words;
        }
    }
}

TEST(FailureTest, MakesAFailureThatCarriesItsNames) {
    const Failure failure =
        make_failure(Operation::kListen, EndpointId{7}, "127.0.0.1:9000", EADDRINUSE, 42);
    EXPECT_EQ(failure.operation, Operation::kListen);
    EXPECT_EQ(failure.endpoint, EndpointId{7});
    EXPECT_EQ(failure.connection, ConnectionId::kNone);
    EXPECT_TRUE(failure.is_final);
    EXPECT_EQ(failure.time_ns, 42);
    EXPECT_EQ(failure.code, "EADDRINUSE");
    EXPECT_EQ(failure.message, describe(Operation::kListen, "127.0.0.1:9000", EADDRINUSE));
}

TEST(FailureTest, NamesWhatTheResolverSaid) {
    const Failure none = make_resolve_failure(EndpointId{3}, "nosuch.invalid", EAI_NONAME, 0, 9);
    EXPECT_EQ(none.operation, Operation::kResolve);
    EXPECT_EQ(none.endpoint, EndpointId{3});
    EXPECT_EQ(none.code, "EAI_NONAME");
    EXPECT_EQ(none.message,
              "resolve nosuch.invalid: EAI_NONAME (name not found); check the spelling of the "
              "name, or use an IP address");
    EXPECT_EQ(none.time_ns, 9);
    EXPECT_EQ(make_resolve_failure({}, "x", EAI_AGAIN, 0, 0).code, "EAI_AGAIN");
    EXPECT_EQ(make_resolve_failure({}, "x", EAI_SYSTEM, EMFILE, 0).code, "EMFILE");
    EXPECT_EQ(make_resolve_failure({}, "x", -4711, 0, 0).message,
              "resolve x: EAI_?-4711 (unknown resolver error -4711)");
}

}  // namespace
