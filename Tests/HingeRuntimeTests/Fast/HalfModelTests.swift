import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// Models of types float16 and bfloat16 in the fast engine.
@Suite("Models of 16 bits")
struct HalfModelTests {
    /// The model of a case with a type of 16 bits in place of float32.
    private static func model(_ test: PrecisionTests.Case, _ type: DataType) throws -> Model {
        var model = try PrecisionTests.model(test)
        model.graph.inputs[0].type = .tensor(type, Shape(test.shape))
        for index in model.graph.outputs.indices { model.graph.outputs[index].type = nil }
        model.graph.valueInfos = []
        for index in model.graph.initializers.indices
        where model.graph.initializers[index].tensor.dataType == .float32 {
            model.graph.initializers[index].tensor = try model.graph.initializers[index].tensor
                .converted(to: type)
        }
        return model
    }

    @Test(
        "Both engines agree but for rounding", arguments: PrecisionTests.cases,
        [DataType.float16, .bfloat16])
    func agreement(_ test: PrecisionTests.Case, _ type: DataType) throws {
        let model = try Self.model(test, type)
        let x = Value.tensor(try random(test.shape, seed: 5).converted(to: type))
        let reference = try Session(model, options: .init(engine: .reference))
        let expected = try #require(try reference.run(["x": x])["y"]?.tensor)
        for threads in [1, 2] {
            let fast = try Session(model, options: .init(threads: threads))
            for _ in 1...2 {
                let found = try #require(try fast.run(["x": x])["y"]?.tensor)
                #expect(found.dataType == type && found.shape == expected.shape)
                let error = try relativeDistance(found.doubles(), expected.doubles())
                #expect(error < (type == .float16 ? 3e-3 : 2e-2))
            }
        }
    }

    @Test("Products are oneDNN's", arguments: [DataType.float16, .bfloat16])
    func lowering(_ type: DataType) throws {
        #if OneDNN
            for test in PrecisionTests.cases where test.isLow {
                let model = try Self.model(test, type)
                let x = Value.tensor(try Tensor(zeros: type, shape: test.shape))
                let own = try Session(model).plan(for: ["x": x]).steps.filter { $0.kernel == "own" }
                let products: Set = ["Conv", "ConvTranspose", "MatMul", "Gemm", "Attention"]
                #expect(!own.contains { !products.isDisjoint(with: $0.operators) })
            }
        #endif
    }

    @Test("A float16 product that is too large is infinite")
    func overflow() throws {
        let test = PrecisionTests.Case(name: "product", shape: [2, 64]) {
            let w = $0.constant(
                Tensor((0..<64 * 8).map { $0 % 8 < 4 ? 300 : 0.25 as Float }, shape: [64, 8]))
            return try $0.append(Relu(), $0.append(MatMul(), $1, w))
        }
        let model = try Self.model(test, .float16)
        let x = Value.tensor(try Tensor(filledWith: 300, .float16, shape: [2, 64]))
        let found = try #require(try Session(model).run(["x": x])["y"]?.tensor).doubles()
        #expect(found.enumerated().allSatisfy { $1 == ($0 % 8 < 4 ? .infinity : 4800) })
    }

    @Test(
        "Numbers are rounded to the nearest, ties to even",
        arguments: [DataType.float16, .bfloat16])
    func rounding(_ type: DataType) throws {
        #if OneDNN
            var numbers: [Float] = [
                0, -0.0, 1, -1, .infinity, -.infinity, .leastNonzeroMagnitude,
                .greatestFiniteMagnitude, 65504, 65519, 65520, 65536, 1e5, 6e-8, 2.9e-8, 3e-8,
                6.1e-5, 6.09e-5, 2049, 2051, 257, 259, -.leastNormalMagnitude / 4,
            ]
            var generator = SeededGenerator(seed: 3)
            numbers += (0..<5000).map { _ in
                Float(generator.normal())
                    * Float(sign: .plus, exponent: generator.pick(-30...20), significand: 1)
            }
            let expected = try Tensor(numbers).converted(to: type).converted(to: .float32)
                .array(of: Float.self)
            var rounded = numbers
            rounded.withUnsafeMutableBufferPointer { RoundStep.round($0, to: type) }
            #expect(zip(rounded, expected).allSatisfy { $0.bitPattern == $1.bitPattern })
            var special = [Float.nan]
            special.withUnsafeMutableBufferPointer { RoundStep.round($0, to: type) }
            #expect(special[0].isNaN)
        #endif
    }
}
