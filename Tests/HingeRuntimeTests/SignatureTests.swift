import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Inputs that don't fit")
struct SignatureTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let inputs: [String: Value]
        let message: String
        var testDescription: String { name }
    }

    private static func zeros(_ type: DataType, _ shape: [Int]) -> Value {
        do {
            return .tensor(try Tensor(zeros: type, shape: shape))
        } catch {
            fatalError("\(error)")
        }
    }

    static let cases = [
        Case(
            name: "missing", inputs: ["b": zeros(.float32, [3, 4])],
            message: "input 'a': expected float32[N, 4], found none"),
        Case(
            name: "unknown",
            inputs: ["a": zeros(.float32, [3, 4]), "z": zeros(.float32, [1])],
            message: "unknown input 'z'; the inputs of the model are 'a', 'b'"),
        Case(
            name: "element type", inputs: ["a": zeros(.int64, [2, 4])],
            message: "input 'a': expected float32[N, 4], found int64[2, 4]"),
        Case(
            name: "rank", inputs: ["a": zeros(.float32, [2, 4, 1])],
            message: "input 'a': expected float32[N, 4], found float32[2, 4, 1]"),
        Case(
            name: "extent", inputs: ["a": zeros(.float32, [2, 3])],
            message: "input 'a': expected float32[N, 4], found float32[2, 3]"),
        Case(
            name: "named dimension",
            inputs: ["a": zeros(.float32, [2, 4]), "b": zeros(.float32, [3, 4])],
            message:
                "input 'b': expected float32[N, 4], where N is 2 as in input 'a', "
                + "found float32[3, 4]"),
        Case(
            name: "another kind of value", inputs: ["a": .sequence([])],
            message: "input 'a': expected float32[N, 4], found an empty sequence"),
    ]

    @Test("The error says what was expected and found", arguments: cases)
    func errors(_ testCase: Case) throws {
        var builder = GraphBuilder()
        let a = builder.input("a", .float32, ["N", 4])
        let b = builder.input("b", .float32, ["N", 4])
        builder.output(try builder.append(Add(), a, b), "y")
        let session = try Session(builder.model())
        let error = try #require(throws: HingeError.self) {
            try session.run(testCase.inputs)
        }
        #expect(error.description == testCase.message)
        #expect(error.code == .mismatch)
    }

    @Test("An output that isn't there is an error", arguments: engines)
    func unknownOutput(engine: Session.Options.Engine) throws {
        let session = try Session(SessionTests.model(), options: .init(engine: engine))
        let error = try #require(throws: HingeError.self) {
            try session.run(["x": SessionTests.x], outputs: ["nothing"])
        }
        #expect(error.description == "the model has no value 'nothing'")
    }
}
