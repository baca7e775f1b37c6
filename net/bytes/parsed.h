// The outcome of reading text that a person typed: a value, or what is wrong and where.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace net::bytes {

struct ParseError {
    std::size_t offset = 0;  // in bytes of the text that was read
    std::size_t length = 0;  // bytes that are wrong from there; 0: something is missing at `offset`
    std::string message;     // a sentence without a full stop: what is wrong and what is accepted
};

template <typename T>
struct Parsed {
    std::optional<T> value;
    ParseError error;  // meaningful only without a value

    explicit operator bool() const { return value.has_value(); }
    const T& operator*() const { return *value; }
    const T* operator->() const { return &*value; }

    static Parsed ok(T v) { return Parsed{.value = std::move(v), .error = {}}; }
    static Parsed fail(ParseError e) {
        return Parsed{.value = std::nullopt, .error = std::move(e)};
    }
};

}  // namespace net::bytes
