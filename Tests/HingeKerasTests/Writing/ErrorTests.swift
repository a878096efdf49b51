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
        let hard = try model(["N", 6]) { try $0.append(Hardmax(axis: -1), $1, name: "largest") }
        #expect(
            message(hard) == "node 'largest' (Hardmax): the operator can't be expressed in Keras")
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

    @Test func refusesConstantOutputs() throws {
        var graph = GraphBuilder()
        let x = graph.input("x", .float32, ["N", 3])
        graph.output(try graph.append(Relu(), x), "y")
        graph.output(graph.constant(numbers([2])), "c")
        #expect(
            message(graph.model())
                == "value 'c': the output is a constant, which a Keras model can't give out")
    }

    @Test func leavesAnExistingFileAsItWas() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/model.keras"
        try AtomicFile.replace(path) { _ in }
        let hard = try model(["N", 6]) { try $0.append(Hardmax(axis: -1), $1) }
        #expect(throws: HingeError.self) {
            try KerasFormat().write(hard, toPath: path, options: WriteOptions(variant: "keras"))
        }
        #expect(try MappedFile(path: path).byteCount == 0)
    }
}
