import Foundation
import HingeGraph
import HingeOperators
import Synchronization

/// A thread that works for others, which wait for it.
///
/// It has what the one that waits has: the task-local values of ours, and the number of threads.
final class Runner: Sendable {
    /// What is to be done; `nil` while there is nothing.
    private let job = Mutex<(@Sendable () -> Void)?>(nil)
    private let start = DispatchSemaphore(value: 0)
    private let end = DispatchSemaphore(value: 0)

    /// The runners that have nothing to do, of which the last is taken first.
    private static let idle = Mutex<[Runner]>([])
    /// The memory for calls, as much as a process's first thread has.
    private static let stackByteCount = 8 << 20

    /// Whether the calling thread is that of a runner, or works for one.
    @TaskLocal static var isCurrent = false

    /// Calls `body` on the thread of a runner, and returns when it has returned.
    static func run<Value>(_ body: () throws -> Value) throws -> Value {
        let team = ThreadTeam.current
        let isInTurn = Threads.isInTurn
        let profile = Profile.current
        let perValue = MemoryLimit.perValue
        let threads = Threads.libraryCount
        // Only one of the two threads is at work at any time, and the semaphores stand between.
        nonisolated(unsafe) var result: Result<Value, any Error>?
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let body = body
            let runner = idle.withLock { $0.popLast() } ?? Runner()
            runner.perform {
                Runner.$isCurrent.withValue(true) {
                    ThreadTeam.$current.withValue(team) {
                        Threads.$isInTurn.withValue(isInTurn) {
                            Profile.$current.withValue(profile) {
                                MemoryLimit.$perValue.withValue(perValue) {
                                    Threads.withLibrary(threads) {
                                        result = Result { try body() }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            idle.withLock { $0.append(runner) }
        }
        guard let result else {
            throw HingeError(.internalError, "a thread has done nothing")
        }
        return try result.get()
    }

    private init() {
        let thread = Thread { [self] in
            while true {
                start.wait()
                job.withLock { $0 }?()
                end.signal()
            }
        }
        thread.name = "Hinge"
        thread.stackSize = Runner.stackByteCount
        thread.start()
    }

    private func perform(_ work: @escaping @Sendable () -> Void) {
        job.withLock { $0 = work }
        start.signal()
        end.wait()
        job.withLock { $0 = nil }
    }
}
