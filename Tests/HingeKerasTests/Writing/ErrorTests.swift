import HingeGraph
import HingeOperators
import Testing

@testable import HingeKeras

/// What can't be written, with the whole message.
@Suite struct WritingErrorTests {
    private func message(_ model: Model, _ kind: KerasWriter.Kind = .archive) -> String? {
        let error = #expect(throws: HingeError.self) { try rewritten(model, kind) }
        #expect(error?.code == .unsupported)
        return error?.description
    }

    @Test func namesTheNode() throws {
        let hard = try model(["N", 3, 3]) { try $0.append(NonZero(), $1, name: "largest") }
        #expect(
            message(hard) == "node 'largest' (NonZero): the operator can't be expressed in Keras")
    }

    @Test func saysThatLegacyFilesHoldLayersOnly() throws {
        let sine = try model(["N", 6]) { try $0.append(Sin(), $1, name: "wave") }
        #expect(
            message(sine, .legacyModel)
                == "node 'wave' (Sin): this needs Keras's operation 'Sin', which .h5 files can't "
                + "hold; write a .keras file")
    }

    @Test func refusesIndicesOfPooling() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 3, 8, 8])
        let outputs = try graph.append(
            MaxPool(kernel: [2, 2]), [x], outputCount: 2, name: "pool")
        graph.output(outputs[1], "places")
        #expect(
            message(graph.model())
                == "node 'pool' (MaxPool): Keras's pooling doesn't give the indices of the largest "
                + "elements")
    }

    @Test func refusesConstantOutputsInLegacyFiles() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 3])
        graph.output(try graph.append(Relu(), x), "y")
        graph.output(graph.constant(numbers([2])), "c")
        #expect(
            message(graph.model(), .legacyModel)
                == "value 'c': a constant in place of a computed value can't stand in a .h5 file; "
                + "write a .keras file")
    }

    @Test func saysHowToFreezeInputs() throws {
        var original = try model(["N", 3]) { graph, x in
            try graph.append(MatMul(), x, graph.constant(numbers([3, 2])), name: "product")
        }
        let weights = try #require(original.graph.initializers.first)
        original.graph.inputs.append(
            ValueInfo(name: weights.name, type: .tensor(.float32, [3, 2])))
        #expect(
            message(original)
                == "node 'product' (MatMul): '\(weights.name)' is an input with a default value, "
                + "which Keras doesn't have; freeze the inputs (--freeze-inputs) to make it a constant"
        )
    }

    @Test func leavesAnExistingFileAsItWas() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/model.keras"
        try AtomicFile.replace(path) { _ in }
        let hard = try model(["N", 3, 3]) { try $0.append(NonZero(), $1) }
        #expect(throws: HingeError.self) {
            try KerasFormat().write(hard, toPath: path, variant: "keras")
        }
        #expect(try MappedFile(path: path).byteCount == 0)
    }
}
