import HingeGraph
import Testing

@testable import HingeKeras

@Suite struct LayerOrderTests {
    /// Every functional model that Keras wrote lists its layers in the order that Keras computes.
    @Test(
        arguments: Sample.all.filter {
            SampleTests.refused[$0.file] == nil && !$0.file.hasPrefix("handwritten")
        })
    func isThatOfTheFile(_ sample: Sample) throws {
        let origin = try #require(try sample.model().origin?.payload as? KerasOrigin)
        let object = try LayerObject(origin.configuration)
        let instance = try LayerRegistry.make(object, origin.semantics)
        let architecture = try #require(instance.layer as? ModelLayer).architecture
        #expect(LayerOrder.names(architecture) == architecture.entries.map(\.name))
    }
}
