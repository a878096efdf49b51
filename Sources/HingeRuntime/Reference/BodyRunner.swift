import HingeGraph
import HingeOperators
import HingeProgram

/// A program that an engine has made ready to run.
protocol RunnableProgram: AnyObject, Sendable {
    /// Runs the program; optional outputs of operators that were left out are `nil`.
    ///
    /// - Parameters:
    ///   - values: The inputs, then the captured values.
    ///   - seed: Where random numbers begin.
    func run(_ values: [Value?], seed: UInt64) throws -> [Value?]

    /// The number of inputs.
    var inputCount: Int { get }

    /// The types of the outputs, as far as they follow from what is known of inputs and captured values.
    func outputTypes(_ inputs: [Inferred?], _ captured: [Inferred]) -> [ValueType?]
}

/// Runs the bodies of one step, with the values around it.
final class BodyRunner: SubgraphRunner {
    /// A body in one run.
    struct Body {
        /// The name of the attribute that held it.
        let name: String
        let program: any RunnableProgram
        /// The values around the step that it reads.
        let captured: [Value?]
    }

    private let bodies: [Body]
    private let salt: UInt64
    private var runs: UInt64 = 0

    /// - Parameter salt: Where random numbers begin.
    init(_ bodies: [Body], salt: UInt64) {
        self.bodies = bodies
        self.salt = salt
    }

    func run(_ name: String, _ inputs: [Value?]) throws -> [Value?] {
        let body = try body(name)
        let count = body.program.inputCount
        guard inputs.count <= count else {
            throw HingeError(
                .mismatch, "expected at most \(count) inputs, found \(inputs.count)",
                at: [.attribute(name)])
        }
        let absent = [Value?](repeating: nil, count: count - inputs.count)
        runs += 1
        return try withContext(.attribute(name)) {
            try body.program.run(
                inputs + absent + body.captured, seed: salt.mixed(with: runs))
        }
    }

    func outputTypes(of name: String, _ inputs: [Inferred?]) throws -> [ValueType?] {
        let body = try body(name)
        let captured = try body.captured.map { value in
            try value.map { Inferred(type: try $0.valueType) } ?? Inferred()
        }
        return body.program.outputTypes(inputs, captured)
    }

    private func body(_ name: String) throws -> Body {
        guard let body = bodies.first(where: { $0.name == name }) else {
            throw HingeError(.badData, "expected a graph, found none", at: [.attribute(name)])
        }
        return body
    }
}
