import Foundation
import HingeOperators
import HingeTransforms
import Testing

@testable import Hinge

/// Whatever a node says, it ends with an answer or an error that names what is wrong: in bounded time and memory, and
/// never with a trap, which would end the tests.
@Suite("Hostile nodes")
struct HostileNodeTests {
    /// Set to look for more: how many models are made of each operator.
    private static let rounds =
        ProcessInfo.processInfo.environment["HINGE_HOSTILE_ROUNDS"].flatMap { Int($0) } ?? 4
    private static let seed =
        ProcessInfo.processInfo.environment["HINGE_HOSTILE_SEED"].flatMap { UInt64($0) } ?? 1
    private static let memoryLimit = 1 << 20

    static let operators = OperatorRegistry.standard.operators.keys.sorted {
        $0.description < $1.description
    }

    @Test("Every operator", arguments: operators)
    func ends(_ id: OperatorID) throws {
        let type = id.type
        for round in 0..<Self.rounds {
            let hash = type.utf8.reduce(Self.seed) { $0 &* 31 &+ UInt64($1) }
            var node = HostileNode(seed: hash &* 1000 &+ UInt64(round))
            guard let model = node.model(id) else { continue }
            if Self.rounds > 100 {
                FileHandle.standardError.write(Data("\(type) \(round)\n".utf8))
            }
            MemoryLimit.$perValue.withValue(Self.memoryLimit) {
                for (name, action) in Self.actions {
                    let failure = Self.failure { try action(model) }
                    #expect(failure == nil, "\(name), round \(round)")
                }
            }
        }
    }

    static let foreign = OperatorRegistry.standard.operators.keys
        .filter { $0.domain == "com.microsoft" }.map(\.type).sorted()

    @Test("Every operator of ONNX Runtime", arguments: foreign)
    func endsForeign(_ type: String) throws {
        for round in 0..<Self.rounds * 10 {
            let hash = type.utf8.reduce(Self.seed) { $0 &* 31 &+ UInt64($1) }
            var node = HostileNode(seed: hash &* 1000 &+ UInt64(round))
            let model = node.foreignModel(type)
            MemoryLimit.$perValue.withValue(Self.memoryLimit) {
                for (name, action) in Self.actions + [("standard", Self.decompose)] {
                    let failure = Self.failure { try action(model) }
                    #expect(failure == nil, "\(name), round \(round)")
                }
            }
        }
    }

    private static func decompose(_ model: Model) throws {
        var model = model
        _ = try Decompose().run(&model)
    }

    private static var actions: [(String, (Model) throws -> Void)] {
        [
            ("check", { _ = try $0.findings(for: "onnx") }),
            ("summary", { _ = ModelSummary($0, format: ONNXFormat()) }),
            (
                "layout",
                { model in
                    var model = model
                    _ = try Simplify().run(&model)
                }
            ),
            ("fast", { try run($0, .fast) }),
            ("reference", { try run($0, .reference) }),
        ]
    }

    private static func run(_ model: Model, _ engine: Session.Options.Engine) throws {
        let session = try Session(model, options: Session.Options(engine: engine))
        _ = try session.run(try InputGenerator().inputs(for: model))
    }

    static func failure(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch let error as HingeError {
            return error.code == .internalError ? "\(error)" : nil
        } catch {
            return "not an error of Hinge: \(error)"
        }
    }
}
