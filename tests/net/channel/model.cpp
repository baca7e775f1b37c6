#include "tests/net/channel/model.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <stdexcept>
#include <unordered_set>
#include <utility>

namespace model {

namespace {

constexpr std::size_t kMostLocations = 32;
constexpr std::size_t kMostThreads = 4;  // the one that runs after() included
constexpr int kMostSteps = 1000;         // of one path; a scenario must come to an end

struct Suspended {};

// One run of one thread's code, answered from `results` until they are used up.
struct Run {
    std::vector<Value> initial;
    std::vector<Value> results;
    std::size_t answered = 0;
    bool is_constructing = true;
    std::optional<Value> checkpoint;  // passed since the last answer
    Op next;
};

thread_local Run* current = nullptr;

class CurrentRun {
  public:
    explicit CurrentRun(Run& run) { current = &run; }
    ~CurrentRun() { current = nullptr; }
    CurrentRun(const CurrentRun&) = delete;
    CurrentRun& operator=(const CurrentRun&) = delete;
};

Run& run_now() {
    if (current == nullptr) throw std::logic_error("model code outside of explore()");
    return *current;
}

struct Violation {
    Verdict verdict;
    std::string what;
};

// ---- memory ----

using View = std::array<std::uint8_t, kMostLocations>;

void join(View& into, const View& from) {
    for (std::size_t i = 0; i < into.size(); ++i)
        into[i] = std::max(into[i], from[i]);
}

struct Message {
    std::uint8_t location = 0;
    std::uint8_t time = 0;  // its place in the modification order of the location
    Value value = 0;
    View view{};  // what a thread that acquires it sees from then on
};

struct ThreadState {
    std::uint32_t node = 0;  // in the tree of results: everything the thread knows
    // kCpp
    View now{};
    View after_acquire_fence{};
    View at_release_fence{};
    // kTso
    std::vector<std::pair<std::uint8_t, Value>> store_buffer;
};

struct State {
    std::vector<ThreadState> threads;
    // kCpp
    std::vector<Message> messages;
    View last{};  // time of each location's last store
    View seq_cst_fences{};
    // kTso
    std::array<Value, kMostLocations> memory{};
};

bool acquires(std::memory_order order) {
    return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst || order == std::memory_order_consume;
}
bool releases(std::memory_order order) {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

std::string order_text(std::memory_order order) {
    switch (order) {
        case std::memory_order_relaxed: return "relaxed";
        case std::memory_order_consume: return "consume";
        case std::memory_order_acquire: return "acquire";
        case std::memory_order_release: return "release";
        case std::memory_order_acq_rel: return "acq_rel";
        case std::memory_order_seq_cst: return "seq_cst";
    }
    return "?";
}

std::string op_text(const Op& op) {
    const std::string at = " location " + std::to_string(op.location);
    const std::string operand = " " + std::to_string(op.operand);
    const std::string order = " " + order_text(op.order);
    switch (op.kind) {
        case OpKind::kLoad: return "load" + at + order;
        case OpKind::kLoadOtherThan: return "load other than" + operand + at + order;
        case OpKind::kStore: return "store" + operand + at + order;
        case OpKind::kExchange: return "exchange" + operand + at + order;
        case OpKind::kExchangeIfNotZero: return "wait and exchange" + operand + at + order;
        case OpKind::kFetchAdd: return "fetch_add" + operand + at + order;
        case OpKind::kFence: return "fence" + order;
        case OpKind::kCellRead: return "read cell" + at;
        case OpKind::kCellWrite: return "write cell" + operand + at;
        case OpKind::kChoose: return "choose of" + operand;
        case OpKind::kFinished: return "finished";
        case OpKind::kViolated: return "violated: " + op.violation;
    }
    return "?";
}

class Explorer {
  public:
    Explorer(Machine machine,
             const std::function<std::unique_ptr<Scenario>()>& make,
             std::uint64_t most_states)
        : machine_(machine),
          make_(make),
          most_states_(most_states) {}

    Result explore() {
        State first;
        {
            Run run;
            const CurrentRun now(run);
            const std::unique_ptr<Scenario> scenario = make_();
            threads_ = static_cast<std::size_t>(scenario->threads());
            initial_ = run.initial;
        }
        if (threads_ + 1 > kMostThreads || initial_.size() > kMostLocations) {
            throw std::logic_error("the scenario is too large for the model");
        }
        writers_.assign(initial_.size(), {});
        first.threads.resize(threads_ + 1);
        for (std::size_t i = 0; i <= threads_; ++i) {
            first.threads[i].node = new_node(i, {});
        }
        for (std::size_t i = 0; i < initial_.size(); ++i) {
            first.memory[i] = initial_[i];
            Message message;
            message.location = static_cast<std::uint8_t>(i);
            message.value = initial_[i];
            first.messages.push_back(message);
        }
        try {
            visit(first, 0);
        } catch (const Violation& violation) {
            result_.verdict = violation.verdict;
            result_.what = violation.what;
            for (const Step& step : path_)
                result_.steps.push_back(step_text(step));
        }
        result_.states = seen_.size();
        return result_;
    }

  private:
    // ---- the tree of results ----

    struct Node {
        std::size_t thread = 0;
        std::vector<Value> results;
        Op next;
        std::map<Value, std::uint32_t> children;
    };

    std::uint32_t new_node(std::size_t thread, std::vector<Value> results) {
        Run run;
        run.results = results;
        const CurrentRun now(run);
        const std::unique_ptr<Scenario> scenario = make_();
        run.is_constructing = false;
        run.next.kind = OpKind::kFinished;
        try {
            if (thread == threads_) {
                scenario->after();
            } else {
                scenario->run(static_cast<int>(thread));
            }
        } catch (const Suspended&) {
            // run.next is the operation it asked for
        }
        note_writer(thread, run.next);
        if (run.checkpoint && run.answered == run.results.size()) {
            const auto [known, is_new] = checkpoints_.emplace(
                std::pair(thread, *run.checkpoint), static_cast<std::uint32_t>(nodes_.size()));
            if (!is_new) return known->second;
        }
        nodes_.push_back(
            {.thread = thread, .results = std::move(results), .next = run.next, .children = {}});
        return static_cast<std::uint32_t>(nodes_.size() - 1);
    }

    std::uint32_t child(std::uint32_t node, Value result) {
        if (const auto found = nodes_[node].children.find(result);
            found != nodes_[node].children.end()) {
            return found->second;
        }
        std::vector<Value> results = nodes_[node].results;
        results.push_back(result);
        const std::uint32_t made = new_node(nodes_[node].thread, std::move(results));
        nodes_[node].children.emplace(result, made);
        return made;
    }

    // Appending stores in the order of execution loses nothing only if plain stores to a location are one thread's, and no other thread
    // modifies it at all.
    void note_writer(std::size_t thread, const Op& op) {
        const bool is_plain = op.kind == OpKind::kStore;
        const bool is_rmw = op.kind == OpKind::kExchange || op.kind == OpKind::kFetchAdd ||
                            op.kind == OpKind::kExchangeIfNotZero;
        if (!is_plain && !is_rmw) return;
        Writers& writers = writers_[op.location];
        (is_plain ? writers.plain : writers.rmw) |= 1U << thread;
        const std::uint32_t all = writers.plain | writers.rmw;
        if (writers.plain != 0 && (all & (all - 1)) != 0) is_append_complete_ = false;
    }

    // ---- exploring ----

    void visit(const State& state, int depth) {
        if (!seen_.insert(key(state)).second) return;
        if (seen_.size() > most_states_) throw Violation{Verdict::kOutOfBounds, "too many states"};
        if (depth > kMostSteps) throw Violation{Verdict::kOutOfBounds, "the scenario does not end"};

        for (std::size_t i = 0; i < threads_; ++i) {
            if (!is_local(nodes_[state.threads[i].node].next)) continue;
            step(state, i, depth);
            return;
        }

        bool all_finished = true;
        bool somebody_went_on = false;
        for (std::size_t i = 0; i < threads_; ++i) {
            const ThreadState& thread = state.threads[i];
            if (!thread.store_buffer.empty()) {
                all_finished = false;
                somebody_went_on = true;
                drain_one(state, i, depth);
            }
            if (nodes_[thread.node].next.kind != OpKind::kFinished) {
                all_finished = false;
                somebody_went_on |= step(state, i, depth);
            }
        }
        if (all_finished) {
            const Op& next = nodes_[state.threads[threads_].node].next;
            if (next.kind == OpKind::kFinished) return;
            State joined = state;
            joined.threads[threads_].now = joined.last;
            step(joined, threads_, depth);
            return;
        }
        if (!somebody_went_on) {
            throw Violation{Verdict::kNobodyCanGoOn,
                            "every thread that has not finished waits for ever"};
        }
    }

    // What neither changes what others can do nor depends on when they do it needs no other order than at once. A cell counts on kCpp: an
    // access that is not ordered is a data race whichever of the two comes first.
    [[nodiscard]] bool is_local(const Op& op) const {
        const bool is_cpp = machine_ == Machine::kCpp;
        switch (op.kind) {
            case OpKind::kChoose:
            case OpKind::kViolated: return true;
            case OpKind::kFence: return op.order != std::memory_order_seq_cst;
            case OpKind::kCellRead: return is_cpp;
            case OpKind::kCellWrite: return true;  // kTso: into the thread's own buffer
            case OpKind::kStore: return !is_cpp && op.order != std::memory_order_seq_cst;
            default: return false;
        }
    }

    // All outcomes of the thread's next operation; false if it has to wait.
    bool step(const State& state, std::size_t thread, int depth) {
        const Op op = nodes_[state.threads[thread].node].next;  // a copy: nodes_ grows
        if (op.kind == OpKind::kViolated) {
            path_.push_back({.thread = thread, .node = state.threads[thread].node, .result = {}});
            throw Violation{Verdict::kCheckFailed, op.violation};
        }
        if (op.kind == OpKind::kChoose) {
            for (Value i = 0; i < op.operand; ++i)
                go(State(state), thread, i, depth);
            return op.operand > 0;
        }
        return machine_ == Machine::kCpp ? step_cpp(state, thread, op, depth)
                                         : step_tso(state, thread, op, depth);
    }

    void go(State&& next, std::size_t thread, Value result, int depth) {
        ++result_.transitions;
        path_.push_back({.thread = thread, .node = next.threads[thread].node, .result = result});
        next.threads[thread].node = child(next.threads[thread].node, result);
        forget_unreadable(next);
        visit(next, depth + 1);
        path_.pop_back();
    }

    struct Step {
        std::size_t thread = 0;
        std::uint32_t node = 0;
        std::optional<Value> result;
    };
    static constexpr std::uint32_t kStoreLeavesBuffer = ~std::uint32_t{0};

    std::string step_text(const Step& step) const {
        std::string out =
            step.thread == threads_ ? "after" : "thread " + std::to_string(step.thread);
        if (step.node == kStoreLeavesBuffer) return out + ": a store leaves its buffer";
        out += ": " + op_text(nodes_[step.node].next);
        if (step.result) out += " = " + std::to_string(*step.result);
        return out;
    }

    // ---- C++ ----

    static Value modified(const Op& op, Value old) {
        return op.kind == OpKind::kFetchAdd ? static_cast<Value>(old + op.operand) : op.operand;
    }

    bool step_cpp(const State& state, std::size_t index, const Op& op, int depth) {
        const std::uint8_t at = op.location;
        switch (op.kind) {
            case OpKind::kLoad:
            case OpKind::kLoadOtherThan: {
                bool went_on = false;
                for (const Message& message : state.messages) {
                    if (message.location != at || message.time < state.threads[index].now[at])
                        continue;
                    if (op.kind == OpKind::kLoadOtherThan && message.value == op.operand) continue;
                    State next = state;
                    read(next.threads[index], message, op.order);
                    go(std::move(next), index, message.value, depth);
                    went_on = true;
                }
                return went_on;
            }
            case OpKind::kStore: {
                State next = state;
                write(next, index, at, op.operand, op.order, nullptr);
                go(std::move(next), index, 0, depth);
                return true;
            }
            case OpKind::kExchange:
            case OpKind::kFetchAdd:
            case OpKind::kExchangeIfNotZero: {
                const Message latest = last_message(state, at);
                if (op.kind == OpKind::kExchangeIfNotZero && latest.value == 0) return false;
                State next = state;
                read(next.threads[index], latest, op.order);
                write(next, index, at, modified(op, latest.value), op.order, &latest);
                go(std::move(next), index, latest.value, depth);
                return true;
            }
            case OpKind::kFence: {
                State next = state;
                ThreadState& thread = next.threads[index];
                if (acquires(op.order)) join(thread.now, thread.after_acquire_fence);
                if (op.order == std::memory_order_seq_cst) {
                    join(thread.now, next.seq_cst_fences);
                    next.seq_cst_fences = thread.now;
                    join(thread.after_acquire_fence, thread.now);
                }
                if (releases(op.order)) thread.at_release_fence = thread.now;
                go(std::move(next), index, 0, depth);
                return true;
            }
            case OpKind::kCellRead: {
                const auto reads = static_cast<std::uint8_t>(at + 1);
                expect_ordered(state, index, at);
                State next = state;
                append(next, index, reads, 0, View{});
                go(std::move(next), index, last_message(state, at).value, depth);
                return true;
            }
            case OpKind::kCellWrite: {
                const auto reads = static_cast<std::uint8_t>(at + 1);
                expect_ordered(state, index, at);
                expect_ordered(state, index, reads);
                State next = state;
                append(next, index, at, op.operand, View{});
                go(std::move(next), index, 0, depth);
                return true;
            }
            case OpKind::kChoose:
            case OpKind::kFinished:
            case OpKind::kViolated: break;
        }
        throw std::logic_error("not an operation on memory");
    }

    void expect_ordered(const State& state, std::size_t index, std::uint8_t at) {
        if (state.threads[index].now[at] == state.last[at]) return;
        path_.push_back({.thread = index, .node = state.threads[index].node, .result = {}});
        throw Violation{Verdict::kDataRace,
                        "an access to a cell is not ordered after the one before it"};
    }

    static const Message& last_message(const State& state, std::uint8_t at) {
        const auto found =
            std::find_if(state.messages.begin(), state.messages.end(), [&](const Message& message) {
                return message.location == at && message.time == state.last[at];
            });
        if (found == state.messages.end()) throw std::logic_error("a location without a store");
        return *found;
    }

    static void read(ThreadState& thread, const Message& message, std::memory_order order) {
        const std::uint8_t at = message.location;
        thread.now[at] = std::max(thread.now[at], message.time);
        if (acquires(order)) join(thread.now, message.view);
        join(thread.after_acquire_fence, message.view);
        join(thread.after_acquire_fence, thread.now);
    }

    // `read_from`: the store that a read-modify-write took its value from, whose release sequence it goes on.
    static void write(State& state,
                      std::size_t index,
                      std::uint8_t at,
                      Value value,
                      std::memory_order order,
                      const Message* read_from) {
        const ThreadState& thread = state.threads[index];
        View view = releases(order) ? thread.now : thread.at_release_fence;
        if (read_from != nullptr) join(view, read_from->view);
        append(state, index, at, value, view);
    }

    static void append(State& state, std::size_t index, std::uint8_t at, Value value, View view) {
        if (state.last[at] == 255)
            throw Violation{Verdict::kOutOfBounds, "too many stores to a location"};
        const std::uint8_t time = ++state.last[at];
        view[at] = time;
        ThreadState& thread = state.threads[index];
        thread.now[at] = time;
        thread.after_acquire_fence[at] = time;
        state.messages.push_back({.location = at, .time = time, .value = value, .view = view});
    }

    // Stores that no thread can read any more are forgotten, and times below the oldest readable one made equal, so that states that
    // differ only in their past become one.
    void forget_unreadable(State& state) const {
        if (machine_ != Machine::kCpp) return;
        View floor = state.last;
        for (std::size_t i = 0; i < threads_; ++i) {
            if (nodes_[state.threads[i].node].next.kind == OpKind::kFinished) continue;
            for (std::size_t at = 0; at < floor.size(); ++at) {
                floor[at] = std::min(floor[at], state.threads[i].now[at]);
            }
        }
        std::erase_if(state.messages, [&](const Message& message) {
            return message.time < floor[message.location];
        });
        const auto lower = [&](View& view) {
            for (std::size_t at = 0; at < floor.size(); ++at) {
                view[at] =
                    view[at] > floor[at] ? static_cast<std::uint8_t>(view[at] - floor[at]) : 0;
            }
        };
        for (ThreadState& thread : state.threads) {
            lower(thread.now);
            lower(thread.after_acquire_fence);
            lower(thread.at_release_fence);
        }
        for (Message& message : state.messages) {
            lower(message.view);
            message.time = static_cast<std::uint8_t>(message.time - floor[message.location]);
        }
        lower(state.seq_cst_fences);
        lower(state.last);
    }

    // ---- x86 ----

    void drain_one(const State& state, std::size_t index, int depth) {
        State next = state;
        auto& buffer = next.threads[index].store_buffer;
        next.memory[buffer.front().first] = buffer.front().second;
        buffer.erase(buffer.begin());
        ++result_.transitions;
        path_.push_back({.thread = index, .node = kStoreLeavesBuffer, .result = {}});
        visit(next, depth + 1);
        path_.pop_back();
    }

    bool step_tso(const State& state, std::size_t index, const Op& op, int depth) {
        const std::uint8_t at = op.location;
        const auto& buffer = state.threads[index].store_buffer;
        Value value = state.memory[at];
        for (const auto& [location, buffered] : buffer) {
            if (location == at) value = buffered;
        }
        State next = state;
        switch (op.kind) {
            case OpKind::kLoadOtherThan:
                if (value == op.operand) return false;
                [[fallthrough]];
            case OpKind::kLoad:
            case OpKind::kCellRead: go(std::move(next), index, value, depth); return true;
            case OpKind::kStore:
                if (op.order == std::memory_order_seq_cst) {  // an xchg
                    if (!buffer.empty()) return false;
                    next.memory[at] = op.operand;
                    go(std::move(next), index, 0, depth);
                    return true;
                }
                [[fallthrough]];
            case OpKind::kCellWrite:
                next.threads[index].store_buffer.emplace_back(at, op.operand);
                go(std::move(next), index, 0, depth);
                return true;
            case OpKind::kExchange:
            case OpKind::kFetchAdd:
            case OpKind::kExchangeIfNotZero:
                if (!buffer.empty()) return false;
                if (op.kind == OpKind::kExchangeIfNotZero && value == 0) return false;
                next.memory[at] = modified(op, value);
                go(std::move(next), index, value, depth);
                return true;
            case OpKind::kFence:
                if (op.order == std::memory_order_seq_cst && !buffer.empty()) return false;
                go(std::move(next), index, 0, depth);
                return true;
            case OpKind::kChoose:
            case OpKind::kFinished:
            case OpKind::kViolated: break;
        }
        throw std::logic_error("not an operation on memory");
    }

    // ---- states seen ----

    // 128 bits: that any two of 10^8 states share one by chance has a probability below 10^-22.
    struct Key {
        std::uint64_t a = 0;
        std::uint64_t b = 0;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const { return key.a; }
    };

    static Key digest(const std::string& text) {
        const auto mix =
            [](std::uint64_t
                   x) {  // a bijection of 64 bits in which each bit depends on all (splitmix64's finisher)
                x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
                x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
                return x ^ (x >> 31);
            };
        Key key{text.size(), ~text.size()};
        for (std::size_t at = 0; at < text.size(); at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
            key.a = mix(key.a ^ word);
            key.b = mix(key.b + word * 0x9e3779b97f4a7c15U) + key.a;
        }
        return key;
    }

    // Everything that can matter later.
    Key key(const State& state) {
        std::string& out = key_text_;
        out.clear();
        const std::size_t locations = initial_.size();
        const auto put = [&](const View& view) {
            out.append(reinterpret_cast<const char*>(view.data()), locations);
        };
        for (const ThreadState& thread : state.threads) {
            for (unsigned shift = 0; shift < 32; shift += 8) {
                out += static_cast<char>(thread.node >> shift & 0xff);
            }
            if (machine_ == Machine::kCpp) {
                if (nodes_[thread.node].next.kind == OpKind::kFinished) continue;
                put(thread.now);
                put(thread.after_acquire_fence);
                put(thread.at_release_fence);
            } else {
                out += static_cast<char>(thread.store_buffer.size());
                for (const auto& [location, value] : thread.store_buffer) {
                    out += static_cast<char>(location);
                    out += static_cast<char>(value);
                }
            }
        }
        if (machine_ == Machine::kTso) {
            out.append(reinterpret_cast<const char*>(state.memory.data()), locations);
            return digest(out);
        }
        put(state.last);
        put(state.seq_cst_fences);
        std::vector<const Message*> messages;
        for (const Message& message : state.messages)
            messages.push_back(&message);
        std::sort(messages.begin(), messages.end(), [](const Message* a, const Message* b) {
            return std::pair(a->location, a->time) < std::pair(b->location, b->time);
        });
        for (const Message* message : messages) {
            out += static_cast<char>(message->location);
            out += static_cast<char>(message->time);
            out += static_cast<char>(message->value);
            put(message->view);
        }
        return digest(out);
    }

  public:
    [[nodiscard]] bool is_append_complete() const { return is_append_complete_; }

  private:
    struct Writers {
        std::uint32_t plain = 0;
        std::uint32_t rmw = 0;
    };

    const Machine machine_;
    const std::function<std::unique_ptr<Scenario>()>& make_;
    const std::uint64_t most_states_;
    std::size_t threads_ = 0;
    std::vector<Value> initial_;
    std::vector<Writers> writers_;
    bool is_append_complete_ = true;
    std::vector<Node> nodes_;
    std::map<std::pair<std::size_t, Value>, std::uint32_t> checkpoints_;
    std::unordered_set<Key, KeyHash> seen_;
    std::string key_text_;
    std::vector<Step> path_;
    Result result_;
};

}  // namespace

std::uint8_t new_location(std::uint64_t initial) {
    Run& run = run_now();
    if (!run.is_constructing) throw std::logic_error("an atomic made by a thread");
    run.initial.push_back(narrow(initial));
    return static_cast<std::uint8_t>(run.initial.size() - 1);
}

Value perform(Op op) {
    Run& run = run_now();
    if (run.is_constructing)
        throw std::logic_error("an operation while the scenario is being made");
    if (run.answered < run.results.size()) {
        run.checkpoint.reset();
        return run.results[run.answered++];
    }
    run.next = std::move(op);
    throw Suspended{};
}

Value narrow(std::uint64_t value) {
    if (value > 255) throw std::logic_error("a value of the model must fit a byte");
    return static_cast<Value>(value);
}

void check(bool holds, const std::string& what) {
    if (!holds) perform({.kind = OpKind::kViolated, .violation = what});
}

void checkpoint(int state) {
    run_now().checkpoint = narrow(static_cast<std::uint64_t>(state));
}

int choose(int n) {
    return perform({.kind = OpKind::kChoose,
                    .operand = narrow(static_cast<std::uint64_t>(n)),
                    .violation = {}});
}

void fence(std::memory_order order) {
    perform({.kind = OpKind::kFence, .order = order, .violation = {}});
}

std::string to_text(Verdict verdict) {
    switch (verdict) {
        case Verdict::kClean: return "clean";
        case Verdict::kNobodyCanGoOn: return "nobody can go on";
        case Verdict::kDataRace: return "data race";
        case Verdict::kCheckFailed: return "check failed";
        case Verdict::kOutOfBounds: return "out of bounds";
    }
    return "?";
}

std::string to_text(const Result& result) {
    std::string out = to_text(result.verdict);
    if (!result.what.empty()) out += ": " + result.what;
    out += " (" + std::to_string(result.states) + " states, " + std::to_string(result.transitions) +
           " transitions)";
    for (const std::string& step : result.steps)
        out += "\n  " + step;
    return out;
}

Result explore(Machine machine,
               const std::function<std::unique_ptr<Scenario>()>& make,
               std::uint64_t most_states) {
    Explorer explorer(machine, make, most_states);
    Result result = explorer.explore();
    if (machine == Machine::kCpp && !explorer.is_append_complete() &&
        result.verdict == Verdict::kClean) {
        return {.verdict = Verdict::kOutOfBounds,
                .what = "two threads store to one location: the model would not be complete",
                .steps = {},
                .states = result.states,
                .transitions = result.transitions};
    }
    return result;
}

}  // namespace model
