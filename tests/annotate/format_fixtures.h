// SPDX-License-Identifier: GPL-3.0-or-later
// A small source of every format, written from the format's description: one picture "a.png" of 40×30 pixels with a square of
// 10×10 of the class "car" and what else the format has. The tests of all readers run over these.
#pragma once
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "annotate/formats/base64.h"
#include "core/media/decode.h"

namespace intarsia::test {
namespace fs = std::filesystem;

struct Fixture {
  std::string format;
  std::string name;       // of the row
  std::string text;       // the annotation file below the folder; empty for mask sources
  int annotations = 0;
  double carArea = 0;     // square pixels of the class "car"
  std::function<void(const fs::path&)> write;
  bool carries = false;   // annotations do not come from the text alone, but from masks beside it
};

inline void put(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

inline void putPicture(const fs::path& path, int width = 40, int height = 30) {
  fs::create_directories(path.parent_path());
  Image image{width, height, 3, 8, std::vector<uint8_t>(size_t(width) * size_t(height) * 3, 90)};
  (void)writePng(path, image);
}

/// A grey mask: `value` in the square (5, 5)–(15, 15), 0 elsewhere.
inline void putGreyMask(const fs::path& path, int value, int width = 40, int height = 30) {
  fs::create_directories(path.parent_path());
  Image image{width, height, 1, 8, std::vector<uint8_t>(size_t(width) * size_t(height), 0)};
  for (int y = 5; y < 15 && y < height; ++y)
    for (int x = 5; x < 15 && x < width; ++x) image.row(y)[x] = uint8_t(value);
  (void)writePng(path, image);
}

inline void putColorMask(const fs::path& path, Color car) {
  fs::create_directories(path.parent_path());
  Image image{40, 30, 3, 8, std::vector<uint8_t>(40 * 30 * 3, 0)};
  for (int y = 5; y < 15; ++y)
    for (int x = 5; x < 15; ++x) {
      uint8_t* p = image.row(y) + 3 * x;
      p[0] = car.r;
      p[1] = car.g;
      p[2] = car.b;
    }
  (void)writePng(path, image);
}

/// MATLAB 5: rows of numbers, of class double and stored as 16 bits, as MATLAB shortens them. Names have four letters.
inline std::string matFile(const std::vector<std::pair<std::string, std::vector<uint16_t>>>& variables) {
  std::string out = "MATLAB 5.0 MAT-file";
  out.resize(124, ' ');
  out += std::string("\0\1IM", 4);
  const auto put32 = [](std::string& to, uint32_t v) {
    for (int i = 0; i < 4; ++i) to += char(v >> (8 * i) & 255);
  };
  for (const auto& [name, values] : variables) {
    std::string body;
    for (const uint32_t v : {6u, 8u, 6u, 0u, 5u, 8u, 1u, uint32_t(values.size()), 4u << 16 | 1u}) put32(body, v);  // flags, dimensions, name
    body += name;
    put32(body, 4);
    put32(body, uint32_t(values.size() * 2));
    for (const uint16_t v : values) body += {char(v & 255), char(v >> 8)};
    body.resize((body.size() + 7) / 8 * 8);
    put32(out, 14);
    put32(out, uint32_t(body.size()));
    out += body;
  }
  return out;
}

inline Fixture textFixture(std::string format, std::string name, std::string file, std::string content, int annotations, double carArea, std::string picture = "a.png") {
  return {std::move(format), std::move(name), file, annotations, carArea, [=](const fs::path& folder) {
            put(folder / file, content);
            putPicture(folder / picture);
          }};
}

inline std::vector<Fixture> fixtures() {
  std::vector<Fixture> all;
  all.push_back(textFixture("labelme", "labelme", "a.json",
      R"({"version":"5.4.1","flags":{},"shapes":[{"label":"car","points":[[5,5],[15,5],[15,15],[5,15]],"group_id":1,"description":"","shape_type":"polygon","flags":{},"mask":null},)"
      R"({"label":"sign","points":[[20,5],[30,10]],"group_id":null,"shape_type":"rectangle","flags":{}}],"imagePath":"a.png","imageData":null,"imageHeight":30,"imageWidth":40})", 2, 100));
  all.push_back(textFixture("coco", "coco", "annotations.json",
      R"({"info":{},"licenses":[],"images":[{"id":7,"file_name":"a.png","width":40,"height":30}],"annotations":[)"
      R"({"id":1,"image_id":7,"category_id":3,"segmentation":[[5,5,15,5,15,15,5,15]],"area":100,"bbox":[5,5,10,10],"iscrowd":0},)"
      R"({"id":2,"image_id":7,"category_id":9,"segmentation":{"counts":[605,5,25,5,560],"size":[30,40]},"area":10,"bbox":[20,5,2,5],"iscrowd":1}],)"
      R"("categories":[{"id":3,"name":"car","supercategory":"x"},{"id":9,"name":"sign","supercategory":"x"}]})", 2, 100));
  all.push_back(textFixture("labelbox", "labelbox v2", "export.ndjson",
      R"({"data_row":{"id":"r1","external_id":"a.png","row_data":"https://storage.example/u-a.png?x=1"},"media_attributes":{"height":30,"width":40},"projects":{"p":{"name":"p","labels":[{"id":"l","annotations":{"objects":[)"
      R"({"feature_id":"f1","name":"car","value":"car","annotation_kind":"ImagePolygon","polygon":[{"x":5,"y":5},{"x":15,"y":5},{"x":15,"y":15},{"x":5,"y":15},{"x":5,"y":5}]},)"
      R"({"feature_id":"f2","name":"sign","annotation_kind":"ImageBoundingBox","bounding_box":{"top":5,"left":20,"height":5,"width":10}}],"classifications":[],"relationships":[]}}]}}})" "\n", 2, 100));
  all.push_back(textFixture("labelbox", "labelbox v1", "export.json",
      R"([{"ID":"i","DataRow ID":"d","Labeled Data":"https://storage.example/org%2Fa.png?x=1","External ID":"a.png","Label":{"objects":[{"featureId":"f","title":"car","value":"car","polygon":[{"x":5,"y":5},{"x":15,"y":5},{"x":15,"y":15},{"x":5,"y":15}]}],"classifications":[]}}])", 1, 100));
  all.push_back(textFixture("labelbox", "labelbox legacy", "export.json",
      R"j([{"ID":"i","Labeled Data":"https://storage.example/a.png","Label":{"car":"MULTIPOLYGON (((5 5, 15 5, 15 15, 5 15, 5 5)))","sign ":[{"geometry":[{"x":20,"y":5},{"x":30,"y":5},{"x":30,"y":10}]}]},"External ID":null},{"ID":"j","Labeled Data":"https://storage.example/b.png","Label":"Skip"}])j", 2, 100));
  all.push_back(textFixture("voc-xml", "voc xml", "a.xml",
      "<annotation><folder>images</folder><filename>a.png</filename><size><width>40</width><height>30</height><depth>3</depth></size>"
      "<object><name>car</name><polygon><x1>5.0</x1><y1>5</y1><x2>15</x2><y2>5</y2><x3>15</x3><y3>15</y3><x4>5</x4><y4>15</y4></polygon></object>"
      "<object><name>A & B</name><bndbox><xmin>20</xmin><xmax>30</xmax><ymin>5</ymin><ymax>10</ymax></bndbox></object></annotation>\n", 2, 100));
  all.push_back(textFixture("cvat", "cvat", "annotations.xml",
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations><version>1.1</version><meta><task><labels><label><name>car</name><color>#ff0000</color></label><label><name>sign</name></label></labels></task></meta>"
      "<image id=\"0\" name=\"a.png\" width=\"40\" height=\"30\"><polygon label=\"car\" points=\"5.00,5.00;15.00,5.00;15.00,15.00;5.00,15.00\" z_order=\"1\"></polygon>"
      "<mask label=\"sign\" rle=\"0, 4\" left=\"20\" top=\"5\" width=\"2\" height=\"2\" z_order=\"0\"></mask></image></annotations>\n", 2, 100));
  all.push_back(textFixture("cvat", "cvat video", "annotations.xml",
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations><version>1.1</version><meta><task><labels><label><name>car</name></label><label><name>sign</name></label></labels>"
      "<original_size><width>40</width><height>30</height></original_size><source>drive.mp4</source></task></meta>"
      "<track id=\"0\" label=\"car\"><polygon frame=\"7\" keyframe=\"1\" outside=\"0\" points=\"5,5;15,5;15,15;5,15\" z_order=\"0\"></polygon><polygon frame=\"8\" outside=\"1\" points=\"5,5;15,5;15,15\"></polygon></track>"
      "<track id=\"1\" label=\"sign\"><box frame=\"7\" outside=\"0\" xtl=\"20\" ytl=\"5\" xbr=\"30\" ybr=\"10\"></box><mask frame=\"7\" outside=\"0\" rle=\"1, 3\" left=\"20\" top=\"5\" width=\"2\" height=\"2\"></mask></track></annotations>\n", 3, 100, "images/frame_000007.png"));
  all.push_back({"voc-xml", "mit labelme", "Annotations/set/a.xml", 2, 100, [](const fs::path& folder) {
    put(folder / "Annotations/set/a.xml", "<annotation><filename>a.png</filename><folder>set</folder><object><name>car</name><deleted>0</deleted><segm><box><xmin>5</xmin></box><mask>a_mask_0.png</mask></segm></object>"
        "<object><name>sign</name><deleted>0</deleted><polygon><username>x</username><pt><x>20</x><y>5</y></pt><pt><x>30</x><y>5</y></pt><pt><x>30</x><y>10</y></pt></polygon></object>"
        "<object><name>old</name><deleted>1</deleted></object><imagesize><nrows>30</nrows><ncols>40</ncols></imagesize></annotation>\n");
    putPicture(folder / "Images/set/a.png");
    Image mask{40, 30, 4, 8, std::vector<uint8_t>(40 * 30 * 4, 0)};  // transparent outside the object, which is nearly so
    for (int y = 5; y < 15; ++y)
      for (int x = 5; x < 15; ++x) mask.row(y)[4 * x + 3] = 9;
    fs::create_directories(folder / "Masks/set");
    (void)writePng(folder / "Masks/set/a_mask_0.png", mask);
  }});
  all.push_back({"yolo", "yolo", "labels/a.txt", 2, 100, [](const fs::path& folder) {
    put(folder / "data.yaml", "train: images\nnames:\n  0: car\n  1: 'sign'\n");
    put(folder / "labels/a.txt", "0 0.125 0.16666666666666666 0.375 0.16666666666666666 0.375 0.5 0.125 0.5\n1 0.6 0.2 0.1 0.1\n");
    putPicture(folder / "images/a.png");
  }});
  all.push_back({"cityscapes", "cityscapes", "gtFine/train/ulm/ulm_000000_000001_gtFine_polygons.json", 2, 100, [](const fs::path& folder) {
    put(folder / "gtFine/train/ulm/ulm_000000_000001_gtFine_polygons.json",
        R"({"imgHeight":30,"imgWidth":40,"objects":[{"label":"car","polygon":[[5,5],[15,5],[15,15],[5,15]]},{"label":"person","polygon":[[20,5],[30,5],[30,10]]},{"label":"pole","deleted":1,"polygon":[[0,0],[1,0],[1,1]]}]})");
    putPicture(folder / "leftImg8bit/train/ulm/ulm_000000_000001_leftImg8bit.png");
  }});
  all.push_back({"cityscapes", "cityscapes label ids", "", 2, 100, [](const fs::path& folder) {
    putGreyMask(folder / "gtFine/train/ulm/ulm_000000_000001_gtFine_labelIds.png", 26);
    putPicture(folder / "leftImg8bit/train/ulm/ulm_000000_000001_leftImg8bit.png");
  }});
  all.push_back({"coco-stuff", "coco stuff things and stuff", "", 1, 100, [](const fs::path& folder) {
    Image mask{40, 30, 1, 8, std::vector<uint8_t>(40 * 30, 255)};
    for (int y = 5; y < 15; ++y)
      for (int x = 5; x < 15; ++x) mask.row(y)[x] = 2;  // the id of car is 3
    fs::create_directories(folder / "stuffthingmaps/train2017");
    (void)writePng(folder / "stuffthingmaps/train2017/000000000009.png", mask);
    putPicture(folder / "images/train2017/000000000009.jpg");  // a PNG by content
  }});
  all.push_back({"coco-stuff", "coco stuff pixel maps", "annotations/stuff_val2017.json", 1, 100, [](const fs::path& folder) {
    put(folder / "annotations/stuff_val2017.json", R"({"images":[],"annotations":[],"categories":[{"id":92,"name":"banner"},{"id":95,"name":"car"}]})");
    putGreyMask(folder / "annotations/stuff_val2017_pixelmaps/000000000009.png", 95);
    putPicture(folder / "val2017/000000000009.png");
  }});
  all.push_back({"supervisely", "supervisely", "ds/ann/a.png.json", 2, 84, [](const fs::path& folder) {
    put(folder / "meta.json", R"({"classes":[{"title":"car","shape":"polygon","color":"#ff0000"},{"title":"sign","shape":"rectangle","color":"#00ff00"}],"tags":[]})");
    put(folder / "ds/ann/a.png.json", R"({"description":"","tags":[],"size":{"height":30,"width":40},"objects":[{"classTitle":"car","geometryType":"polygon","points":{"exterior":[[5,5],[15,5],[15,15],[5,15]],"interior":[[[8,8],[12,8],[12,12],[8,12]]]}},)"
        R"({"classTitle":"sign","bitmap":null,"points":{"exterior":[[20,5],[30,10]],"interior":[]}}]})");
    putPicture(folder / "ds/img/a.png");
  }});
  all.push_back(textFixture("via", "via", "via.json",
      R"({"a.png123":{"filename":"a.png","size":123,"regions":[{"shape_attributes":{"name":"polygon","all_points_x":[5,15,15,5],"all_points_y":[5,5,15,15]},"region_attributes":{"kind":"car"}},)"
      R"({"shape_attributes":{"name":"rect","x":20,"y":5,"width":10,"height":5},"region_attributes":{"kind":"sign"}}],"file_attributes":{}}})", 2, 100));
  all.push_back(textFixture("via", "via csv", "via.csv",
      "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"
      "a.png,1,\"{}\",1,0,\"{\"\"name\"\":\"\"polygon\"\",\"\"all_points_x\"\":[5,15,15,5],\"\"all_points_y\"\":[5,5,15,15]}\",\"{\"\"class\"\":\"\"car\"\"}\"\n", 1, 100));
  all.push_back(textFixture("label-studio", "label studio", "project.json",
      R"([{"id":1,"data":{"image":"/data/upload/1/1a2b3c4d-a.png"},"annotations":[{"id":1,"was_cancelled":false,"result":[{"type":"polygonlabels","original_width":40,"original_height":30,"image_rotation":0,"value":{"points":[[12.5,16.666666666666668],[37.5,16.666666666666668],[37.5,50],[12.5,50]],"closed":true,"polygonlabels":["car"]}},)"
      R"({"type":"rectanglelabels","original_width":40,"original_height":30,"value":{"x":50,"y":10,"width":20,"height":10,"rotation":30,"rectanglelabels":["sign"]}}]}]}])", 2, 100));
  all.push_back({"datumaro", "datumaro", "annotations/train.json", 2, 100, [](const fs::path& folder) {
    put(folder / "annotations/train.json",
        R"({"dm_format_version":"1.0","infos":{},"categories":{"label":{"labels":[{"name":"car","parent":""},{"name":"sign","parent":""}]}},"items":[{"id":"a","annotations":[)"
        R"({"id":0,"type":"polygon","label_id":0,"points":[5,5,15,5,15,15,5,15],"z_order":1},{"id":1,"type":"mask","label_id":1,"rle":{"counts":[605,5,590],"size":[30,40]},"z_order":0}],"image":{"path":"a.png","size":[30,40]}}]})");
    putPicture(folder / "images/train/a.png");
  }});
  all.push_back({"coco-panoptic", "coco panoptic", "panoptic_val.json", 2, 100, [](const fs::path& folder) {
    put(folder / "panoptic_val.json", R"({"images":[{"id":1,"file_name":"a.jpg","width":40,"height":30}],"annotations":[{"image_id":1,"file_name":"a.png","segments_info":[{"id":200,"category_id":3,"area":100,"iscrowd":0},{"id":0,"category_id":4,"area":1100}]}],"categories":[{"id":3,"name":"car","isthing":1},{"id":4,"name":"rest"}]})");
    putColorMask(folder / "panoptic_val/a.png", {200, 0, 0});
  }});
  all.push_back({"openimages", "open images", "annotations/train-annotations-object-segmentation.csv", 1, 100, [](const fs::path& folder) {
    put(folder / "annotations/train-annotations-object-segmentation.csv", "MaskPath,ImageID,LabelName,BoxID,BoxXMin,BoxXMax,BoxYMin,BoxYMax,PredictedIoU,Clicks\na_m0_1.png,a,/m/0,1,0.1,0.4,0.1,0.5,0.9,\n");
    put(folder / "annotations/oidv6-class-descriptions.csv", "LabelName,DisplayName\n/m/0,car\n");
    putGreyMask(folder / "masks/train/a_m0_1.png", 1);
    putPicture(folder / "images/train/a.png");
  }});
  all.push_back({"camvid", "camvid segnet", "", 2, 0, [](const fs::path& folder) {
    for (const char* split : {"train", "val"}) putPicture(folder / split / "a.png");
    putGreyMask(folder / "trainannot/a.png", 8);
    put(folder / "train.txt", "/SegNet/CamVid/train/a.png /SegNet/CamVid/trainannot/a.png\n");
  }});
  all.push_back({"camvid", "camvid fastai", "codes.txt", 2, 100, [](const fs::path& folder) {
    put(folder / "codes.txt", "sky\ncar\nVoid");
    put(folder / "valid.txt", "a.png\r\n");
    putPicture(folder / "images/a.png");
    putGreyMask(folder / "labels/a_P.png", 1);
  }});
  all.push_back({"camvid", "camvid colours", "label_colors.txt", 2, 100, [](const fs::path& folder) {
    put(folder / "label_colors.txt", "64 0 128\t\tcar\n0 0 0\t\tVoid\n");
    putPicture(folder / "raw/a.png");
    putColorMask(folder / "labels/a_L.png", {64, 0, 128});
  }});
  all.push_back({"masks", "masks", "classes.txt", 2, 100, [](const fs::path& folder) {
    put(folder / "classes.txt", "ground\ncar\n");
    putPicture(folder / "images/a.png");
    putGreyMask(folder / "masks/a.png", 1);
  }});
  all.push_back({"masks", "roboflow masks", "_classes.csv", 2, 100, [](const fs::path& folder) {
    put(folder / "_classes.csv", "Pixel Value, Class\n0, background\n1, car\n");
    putPicture(folder / "a.png");
    putGreyMask(folder / "a_mask.png", 1);
  }});
  all.push_back({"voc", "voc", "ImageSets/Segmentation/train.txt", 2, 100, [](const fs::path& folder) {
    putPicture(folder / "JPEGImages/a.png");
    putGreyMask(folder / "SegmentationClass/a.png", 7);
    put(folder / "ImageSets/Segmentation/train.txt", "a\nb\n");
  }});
  all.push_back({"ade20k", "ade20k", "objectInfo150.txt", 2, 0, [](const fs::path& folder) {
    put(folder / "objectInfo150.txt", "Idx\tRatio\n");
    putPicture(folder / "images/training/ADE_train_1.png");
    putGreyMask(folder / "annotations/training/ADE_train_1.png", 21);
  }});
  all.push_back({"mapillary", "mapillary", "config_v1.2.json", 2, 100, [](const fs::path& folder) {
    put(folder / "config_v1.2.json", R"({"labels":[{"name":"void--unlabeled","readable":"Unlabeled","color":[0,0,0],"evaluate":false},{"name":"car","readable":"Car","color":[0,0,142],"evaluate":true}],"version":"1.1"})");
    putPicture(folder / "training/images/a.png");
    putGreyMask(folder / "training/v1.2/labels/a.png", 1);
  }});
  all.push_back({"mapillary", "mapillary instances", "", 2, 100, [](const fs::path& folder) {
    put(folder / "config_v1.2.json", R"({"labels":[{"name":"void--unlabeled","readable":"Unlabeled","color":[0,0,0],"evaluate":false},{"name":"car","readable":"Car","color":[0,0,142],"evaluate":true}],"version":"1.1"})");
    putPicture(folder / "training/images/a.png");
    Image mask{40, 30, 1, 16, std::vector<uint8_t>(40 * 30 * 2, 0)};
    for (int y = 5; y < 15; ++y)
      for (int x = 5; x < 15; ++x) mask.row(y)[2 * x + 1] = 1, mask.row(y)[2 * x] = uint8_t(x > 10);  // 256 and 257
    fs::create_directories(folder / "training/v1.2/instances");
    (void)writePng(folder / "training/v1.2/instances/a.png", mask);
  }});
  all.push_back({"mapillary", "mapillary polygons", "training/v2.0/polygons/a.json", 2, 100, [](const fs::path& folder) {
    put(folder / "config_v2.0.json", R"({"labels":[{"name":"car","readable":"Car","color":[0,0,142],"evaluate":true},{"name":"sign","readable":"Sign","color":[1,0,0],"evaluate":true}],"version":"2.0"})");
    put(folder / "training/v2.0/polygons/a.json", R"({"width":40,"height":30,"objects":[{"label":"car","polygon":[[5,5],[15,5],[15,15],[5,15]]},{"label":"sign","polygon":[[20,5,30,5,30,10]]}]})");
    putPicture(folder / "training/images/a.png");
  }});
  all.push_back({"flowers17", "flowers17", "datasplits.mat", 2, 0, [](const fs::path& folder) {
    put(folder / "datasplits.mat", matFile({{"trn1", {2, 3}}, {"val1", {4}}, {"tst1", {1}}}));
    putPicture(folder / "jpg/image_0001.png");
    putColorMask(folder / "trimaps/image_0001.png", {128, 0, 0});
  }});
  const std::vector<std::string> masks = {"camvid", "masks", "voc", "ade20k", "mapillary", "flowers17", "coco-stuff"};
  for (auto& fixture : all) fixture.carries = std::find(masks.begin(), masks.end(), fixture.format) != masks.end();
  return all;
}

}  // namespace intarsia::test
