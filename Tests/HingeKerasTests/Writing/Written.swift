import Foundation
import HingeGraph
import HingeOperators
import HingeRuntime
import Testing

@testable import HingeKeras

/// Writes a model and reads it again; weights alone with the architecture of the `.keras` file.
func rewritten(_ model: Model, _ kind: KerasWriter.Kind) throws -> Model {
    let folder = try TemporaryFolder()
    return try withExtendedLifetime(folder) {
        let path = "\(folder.path)/model.\(kind.rawValue)"
        try KerasFormat().write(
            model, toPath: path, variant: kind.rawValue)
        var options = ReadOptions()
        if kind == .weights {
            let whole = "\(folder.path)/whole.keras"
            try KerasFormat().write(
                model, toPath: whole, variant: "keras")
            options.architecture = Architecture(path: whole)
        }
        return try KerasFormat().read(MappedFile(path: path), options: options)
    }
}

/// The layers that a model is written as: class and configuration, without names and types.
func layers(
    _ model: Model, target: ConfigWriter.Target = .keras3
) throws -> [String] {
    let written = try ModelTranslation.translate(model, target: target)
    return try written.order.compactMap { index -> String? in
        let layer = written.layers[index]
        switch layer.kind {
        case .layer(let keras, let type):
            if keras is InputLayer { return nil }
            var config = ConfigWriter(target: target, name: layer.name, computesIn: type)
            keras.write(&config)
            config["name"] = nil
            return "\(keras.writtenClassName) \(JSONWriter.text(.object(config.object)))"
        case .operation(let operation, let config):
            let arguments = try layer.arguments.positional.map { argument -> String in
                switch argument {
                case .tensor: return "x"
                case .constant(let tensor): return JSONWriter.text(try ConfigTensor.json(tensor))
                case .list(let items): return "list of \(items.count)"
                default: return "other"
                }
            }
            return "\(operation.module).\(operation.name) \(JSONWriter.text(.object(config)))"
                + "(\(arguments.joined(separator: ", ")))"
        }
    }
}

/// Builds a model with one input and one output.
func model(
    _ shape: Shape, _ type: DataType = .float32,
    _ body: (inout GraphBuilder, GraphBuilder.Operand) throws -> GraphBuilder.Operand
) throws -> Model {
    var graph = GraphBuilder()
    let x = graph.input("x", type, shape)
    graph.output(try body(&graph, x), "y")
    return graph.model()
}

/// The largest difference between the outputs of two models for the same made-up input, relative to the greater of
/// its size and 1.
func difference(_ model: Model, _ expected: Model, batch: Int = 2) throws -> Double {
    let options = Session.Options(engine: .reference)
    let session = try Session(model, options: options)
    let reference = try Session(expected, options: options)
    var state: UInt64 = 7
    var inputs: [String: Value] = [:]
    for input in reference.inputs {
        let shape = (input.type?.shape?.dimensions ?? []).map { $0.extent ?? batch }
        let values = (0..<shape.reduce(1, *)).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int64(bitPattern: state) >> 33) / Float(1 << 30)
        }
        let cast = Cast(to: input.type?.dataType ?? .float32)
        inputs[input.name] = .tensor(
            try ConstantFolding.evaluate(cast, [Tensor(values, shape: shape)]))
    }
    let found = try session.run(inputs)
    let wanted = try reference.run(inputs)
    var worst = 0.0
    #expect(session.outputs.map(\.name) == reference.outputs.map(\.name))
    for output in reference.outputs {
        let a = try #require(found[output.name]?.tensor)
        let b = try #require(wanted[output.name]?.tensor)
        #expect(a.shape == b.shape, "\(output.name)")
        #expect(a.dataType == b.dataType, "\(output.name)")
        guard a.shape == b.shape else { return .infinity }
        for (x, y) in zip(try a.doubles(), try b.doubles()) where !(x == y || x.isNaN && y.isNaN) {
            let error = abs(x - y) / max(1, abs(y))
            worst = max(worst, error.isNaN ? .infinity : error)
        }
    }
    return worst
}

/// A tensor of numbers that differ from each other.
func numbers(_ shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    let values = (0..<count).map { (index: Int) -> Float in Float(index * 7919 % 37 - 18) / 16 }
    return Tensor(values, shape: shape)
}
