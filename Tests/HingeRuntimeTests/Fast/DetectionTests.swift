import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// What stands behind a choice of boxes, whose number only a run tells, computes as fast as anything.
@Suite("Networks that choose boxes")
struct DetectionTests {
    /// Boxes are chosen, their features taken from an image, and classified by a convolution.
    private func model() throws -> Model {
        var builder = GraphBuilder()
        let image = builder.input("image", .float32, [1, 8, 12, 12])
        let boxes = builder.input("boxes", .float32, [1, 6, 4])
        let scores = builder.input("scores", .float32, [1, 1, 6])
        let chosen = try builder.append(
            NonMaxSuppression(), boxes, scores, builder.constant(Tensor([4 as Int64])),
            builder.constant(Tensor([0.5 as Float])), builder.constant(Tensor([0.3 as Float])))
        let indices = try builder.append(
            Gather(axis: 1), chosen, builder.constant(Tensor(scalar: 2 as Int64)))
        let all = try builder.append(Squeeze(axes: [0]), boxes)
        let regions = try builder.append(Gather(axis: 0), all, indices)
        let images = try builder.append(Sub(), indices, indices)
        let features = try builder.append(
            RoiAlign(outputHeight: 4, outputWidth: 4, samplingRatio: 2), image, regions, images)
        let y = try builder.append(
            Conv(padding: .explicit([1, 1, 1, 1])), features,
            builder.constant(random([8, 8, 3, 3], seed: 2, scale: 0.1)))
        builder.output(try builder.append(Relu(), y), "y")
        builder.output(chosen, "chosen")
        return builder.model()
    }

    private func inputs(_ scores: [Float]) -> [String: Tensor] {
        let corners = (0..<6).flatMap { index -> [Float] in
            let start = Float(index / 2 * 3) + Float(index % 2) * 0.5
            return [start, start, start + 4, start + 5]
        }
        return [
            "image": random([1, 8, 12, 12], seed: 1), "boxes": Tensor(corners, shape: [1, 6, 4]),
            "scores": Tensor(scores, shape: [1, 1, 6]),
        ]
    }

    @Test("Both engines choose and compute the same, whatever the number of boxes")
    func same() throws {
        let pair = try EnginePair(model())
        for (scores, count): ([Float], Int) in [
            ([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], 3), ([0, 0, 0.7, 0, 0, 0], 1),
            ([0, 0, 0, 0, 0, 0], 0), ([.nan, 0.8, .nan, 0.6, 0.1, 0.1], 2),
        ] {
            try pair.expectSame(inputs(scores))
            let outputs = try pair.fast.run(inputs(scores).mapValues { .tensor($0) })
            #expect(outputs["chosen"]?.tensor?.shape == [count, 3])
            #expect(outputs["y"]?.tensor?.shape == [count, 8, 4, 4])
        }
    }

    #if OneDNN
        @Test("A convolution behind the boxes is oneDNN's")
        func region() throws {
            let model = try model()
            let values = inputs([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
            let engine = try FastEngine(model, options: .init())
            _ = try engine.run(
                values.mapValues { .tensor($0) }, outputs: model.graph.outputs.map(\.name), nil)
            let types = model.graph.inputs.map { input in
                values[input.name].map { TensorType(dataType: $0.dataType, shape: $0.shape) }
            }
            let steps = try engine.summary(types)
            #expect(steps.contains { $0.contains("region") && $0.contains("Conv+Relu") })
            #expect(steps.contains { $0.contains("NonMaxSuppression") })
        }
    #endif
}
