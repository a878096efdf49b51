import Foundation
import HingeGraph
import HingeRuntime
import Testing

@testable import HingeKeras

/// Models in which masks go from layer to layer, as Keras computed them; `Fixtures/keras/masks`.
@Suite struct MaskTests {
    /// Every branch of every group, in both engines: each layer behind a mask, and what reads the
    /// mask behind the layer.
    @Test(arguments: files)
    func masksGoWhereKerasTakesThem(_ file: String) throws {
        let model = try Fixtures.model("keras/masks/\(file).keras")
        let arrays = try Fixtures.arrays("keras/masks/\(file).npz")
        for engine in Session.Options.Engine.allCases {
            // Relative, in single precision through a few layers, of which several have memories.
            for (index, difference) in try differences(
                model, arrays, engine: engine, isRelative: true
            ).enumerated() {
                #expect(
                    difference <= 1e-5,
                    "\(engine), output \(index), \(model.graph.outputs[index].name)")
            }
        }
    }

    /// The groups of branches, each by the versions of Keras that wrote one.
    static let files: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(Fixtures.root)/keras/masks"))
        ?? []).filter { $0.hasSuffix(".keras") }.map { String($0.dropLast(6)) }.sorted()

    /// No group is missing.
    @Test func allGroupsAreThere() {
        let groups = ["layers", "recurrent", "unknown", "merging", "attention", "heads", "nested"]
        #expect(Set(groups.map { "k315_\($0)" }).isSubset(of: Self.files))
    }
}
